using System.Text;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Tests.Application;

public sealed class StoreLimitTests
{
    private readonly Sequence _sequence = new(new KeyValueApplication());

    [Fact]
    public void Beyond_the_most_keys_a_new_one_is_refused_and_a_known_one_is_not()
    {
        _sequence.Commit([.. Enumerable.Range(0, KeyValueStore.MaxEntries).Select(i => Encoding.UTF8.GetBytes($"{i}=v"))], out var codes);
        Assert.DoesNotContain(codes, code => code != 0);
        var full = _sequence.Application.Info;
        Assert.Equal(TransactionCodes.StoreFull, _sequence.CodeOf("new=v"));
        Assert.Null(_sequence.Value("new"));
        Assert.Equal(0u, _sequence.CodeOf("7=w"));
        Assert.Equal("w", _sequence.Value("7"));
        Assert.Equal((full.Entries, full.Bytes), (_sequence.Application.Info.Entries, _sequence.Application.Info.Bytes));
        Assert.Equal(0u, _sequence.CodeOf("opaque"));
    }

    [Fact]
    public void The_bytes_are_limited_to_the_last_one()
    {
        var most = (int)KeyValueStore.MaxBytes - KeyValueStore.EntryOverhead - 1;
        Assert.Equal(TransactionCodes.StoreFull, _sequence.CodeOf($"k={new string('v', most + 1)}"));
        Assert.Equal(0u, _sequence.CodeOf($"k={new string('v', most)}"));
        Assert.Equal(KeyValueStore.MaxBytes, _sequence.Application.Info.Bytes);
        Assert.Equal(TransactionCodes.StoreFull, _sequence.CodeOf("l=w"));
        Assert.Equal(0u, _sequence.CodeOf("k=small"));
        Assert.Equal(0u, _sequence.CodeOf("l=w"));
        Assert.Equal("w", _sequence.Value("l"));
    }

    [Fact]
    public void All_validators_refuse_the_same_puts_the_one_that_was_restored_included()
    {
        var other = new Sequence(new KeyValueApplication());
        var random = new Random(5);
        for (var commit = 0; commit < 40; commit++)
        {
            byte[][] puts = [.. Enumerable.Range(0, 16).Select(_ => Encoding.UTF8.GetBytes($"k{random.Next(100)}={new string('v', random.Next(1, 600_000))}"))];
            Assert.Equal(_sequence.Commit(puts, out var expected), other.Commit(puts, out var actual));
            Assert.Equal(expected, actual);
            if (commit == 39) Assert.Contains(TransactionCodes.StoreFull, expected);
            if (commit % 10 != 5) continue;
            var snapshot = other.Application.Snapshot();
            Assert.Equal(_sequence.Application.Snapshot(), snapshot);
            other = new Sequence(new KeyValueApplication());
            other.Application.Restore(snapshot);
        }

        Assert.True(_sequence.Application.Info.Bytes <= KeyValueStore.MaxBytes);
    }

    [Fact]
    public void The_mempool_is_warned_only_of_a_put_that_can_never_fit()
    {
        var most = (int)KeyValueStore.MaxBytes - KeyValueStore.EntryOverhead + 1;
        Assert.Equal(0u, Check($"k={new string('v', most - 2)}"));
        Assert.Equal(TransactionCodes.StoreFull, Check($"k={new string('v', most - 1)}"));
        Assert.Equal(0u, Check(new string('v', most + 100)));
        Assert.Equal(0u, Check("k=v"));
        Assert.Equal(0u, Check("opaque"));

        uint Check(string transaction) => _sequence.Application.Check(Encoding.UTF8.GetBytes(transaction)).Code;
    }
}
