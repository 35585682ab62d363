namespace Mysticeti.Validator.Tests.Rpc;

/// <summary>Waits for conditions with a deadline.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition()) await Task.Delay(5, deadline.Token);
    }
}
