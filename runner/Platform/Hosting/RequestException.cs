namespace Mysticeti.Platform.Hosting;

/// <summary>The request cannot be carried out, through no fault of ours. The message is for whoever sent it.</summary>
/// <param name="status">HTTP status, 400 to 499 or 503.</param>
/// <param name="title">A few words.</param>
/// <param name="detail">What is wrong and how to mend it.</param>
internal sealed class RequestException(int status, string title, string detail) : Exception(detail)
{
    public int Status => status;

    public string Title => title;

    /// <summary>Members beside those of RFC 9457, in the seed's names.</summary>
    public IReadOnlyDictionary<string, object> More { get; init; } = new Dictionary<string, object>();

    public static RequestException Bad(string detail) => new(400, "Bad request", detail);
}
