using System.Text;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Tests.Application;

/// <summary>Feeds an application commits, one after the other.</summary>
internal sealed class Sequence(KeyValueApplication application)
{
    public KeyValueApplication Application => application;

    public Digest Commit(params string[] transactions) => Commit([.. transactions.Select(Encoding.UTF8.GetBytes)], out _);

    public uint CodeOf(string transaction) => CodeOf(Encoding.UTF8.GetBytes(transaction));

    public uint CodeOf(byte[] transaction)
    {
        Commit([transaction], out var codes);
        return codes[0];
    }

    public Digest Commit(IReadOnlyList<byte[]> transactions, out uint[] codes)
    {
        codes = new uint[transactions.Count];
        CommittedTransaction[] committed = [.. transactions.Select(bytes => new CommittedTransaction(bytes, Digest.Of(bytes), false))];
        return application.Finalize(application.Info.Height + 1, timeNs: 1, committed, codes);
    }

    public string? Value(string key) => Value(Encoding.UTF8.GetBytes(key));

    public string? Value(byte[] key) => application.Query("", key).Value is { } value ? Encoding.UTF8.GetString(value.Span) : null;
}
