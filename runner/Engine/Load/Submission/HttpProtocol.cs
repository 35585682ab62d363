namespace Mysticeti.Engine.Load.Submission;

/// <summary>JSON-RPC over HTTP/1.1: requests follow each other on a connection that is kept open, answers are matched by id.</summary>
internal sealed class HttpProtocol(RpcRequest request) : ISubmissionProtocol
{
    public int MostCalls => request.MostCalls;

    public bool IsOpen => true;

    public ReadOnlyMemory<byte> Open() => default;

    public ReadOnlyMemory<byte> Format(int first, int count) => request.Format(first, count);

    public int Read(Span<byte> received, bool ended, PendingRequests pending, out bool closes)
    {
        var at = 0;
        closes = false;
        while (!closes && at < received.Length && HttpResponse.TryRead(received[at..], ended, out var response))
        {
            if (response.Status >= 200)
            {
                pending.TakeRpc(received.Slice(at + response.BodyStart, response.BodyLength), $"HTTP {response.Status}");
                closes = response.Closes;
            }

            at += response.Length;
        }

        return at;
    }
}
