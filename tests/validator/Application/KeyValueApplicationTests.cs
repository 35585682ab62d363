using System.Security.Cryptography;
using System.Text;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Tests.Application;

public sealed class KeyValueApplicationTests
{
    private readonly Sequence _sequence = new(new KeyValueApplication());

    [Theory]
    [InlineData("k=v", "k", "v")]
    [InlineData("ключ=значение", "ключ", "значение")]
    [InlineData("a b= c ", "a b", " c ")]
    public void A_put_is_stored(string transaction, string key, string value)
    {
        Assert.Equal(0u, _sequence.CodeOf(transaction));
        Assert.Equal(value, _sequence.Value(key));
        Assert.Equal(1, _sequence.Application.Info.Entries);
    }

    [Theory]
    [InlineData("opaque")]
    [InlineData("")]
    [InlineData("=")]
    [InlineData("=v")]
    [InlineData("k=")]
    [InlineData("k==")]
    [InlineData("k=v=w")]
    [InlineData("==v")]
    public void Anything_else_is_opaque_and_changes_only_the_hash(string transaction)
    {
        var before = _sequence.Application.Info;
        Assert.Equal(0u, _sequence.CodeOf(transaction));
        var after = _sequence.Application.Info;
        Assert.Equal((1L, 0, 0L), (after.Height, after.Entries, after.Bytes));
        Assert.NotEqual(before.Hash, after.Hash);
    }

    [Fact]
    public void A_key_has_at_most_256_bytes_and_all_must_be_utf8()
    {
        _sequence.Commit($"{new string('k', 256)}=v", $"{new string('l', 257)}=v");
        _sequence.CodeOf([(byte)'k', (byte)'=', 0xff]);
        _sequence.CodeOf([0xc3, (byte)'=', (byte)'v']);
        Assert.Equal(1, _sequence.Application.Info.Entries);
        Assert.Equal("v", _sequence.Value(new string('k', 256)));
    }

    [Fact]
    public void The_newest_value_of_a_key_counts()
    {
        _sequence.Commit("k=one", "k=three", "l=x");
        _sequence.Commit("k=2");
        Assert.Equal("2", _sequence.Value("k"));
        Assert.Equal((2, 2L + 2 + (2 * KeyValueStore.EntryOverhead)), (_sequence.Application.Info.Entries, _sequence.Application.Info.Bytes));
    }

    [Fact]
    public void The_hash_chains_the_index_and_the_hashes_of_the_transactions()
    {
        var initial = SHA256.HashData("mysticeti/app/1"u8);
        Assert.Equal(Digest.FromBytes(initial), _sequence.Application.Info.Hash);
        // More than one batch of the hasher.
        string[] transactions = [.. Enumerable.Range(0, 150).Select(i => $"t{i}")];
        byte[] content = [.. initial, .. BitConverter.GetBytes(1L), .. transactions.SelectMany(text => SHA256.HashData(Encoding.UTF8.GetBytes(text)))];
        var first = _sequence.Commit(transactions);
        Assert.Equal(Digest.Of(content), first);
        Assert.Equal(Digest.Of([.. first.ToArray(), .. BitConverter.GetBytes(2L)]), _sequence.Commit());
        Assert.Equal(2, _sequence.Application.Info.Height);
    }

    [Fact]
    public void The_order_of_transactions_and_the_commit_they_are_in_change_the_hash()
    {
        var hashes = new HashSet<Digest>
        {
            Of(["a", "b"], []), Of(["b", "a"], []), Of(["a"], ["b"]), Of([], ["a", "b"]), Of(["a", "b"], ["a"]),
        };
        Assert.Equal(5, hashes.Count);

        static Digest Of(string[] first, string[] second)
        {
            var sequence = new Sequence(new KeyValueApplication());
            sequence.Commit(first);
            return sequence.Commit(second);
        }
    }

    [Fact]
    public void Restoring_a_snapshot_and_going_on_equals_never_having_stopped()
    {
        var random = new Random(7);
        var restored = new Sequence(new KeyValueApplication());
        restored.Commit("left=over");
        for (var commit = 0; commit < 60; commit++)
        {
            string[] transactions = [.. Enumerable.Range(0, 20).Select(_ => random.Next(3) == 0 ? $"opaque {random.Next()}" : $"k{random.Next(50)}={random.Next()}")];
            var expected = _sequence.Commit(transactions);
            if (commit >= 30) Assert.Equal(expected, restored.Commit(transactions));
            if (commit == 29) restored.Application.Restore(_sequence.Application.Snapshot());
        }

        Assert.Equal(_sequence.Application.Info, restored.Application.Info);
        Assert.Equal(_sequence.Application.Snapshot(), restored.Application.Snapshot());
        Assert.Null(restored.Value("left"));
    }

    [Fact]
    public void A_snapshot_does_not_tell_in_which_order_the_keys_came()
    {
        var other = new Sequence(new KeyValueApplication());
        string[] puts = [.. Enumerable.Range(0, 100).Select(i => $"{i * 37 % 100}=v")];
        _sequence.Commit(puts);
        other.Commit([.. puts.Reverse()]);
        // All but version, height and hash.
        Assert.Equal(_sequence.Application.Snapshot()[41..], other.Application.Snapshot()[41..]);
    }

    [Fact]
    public void Nothing_restores_the_state_before_the_first_commit()
    {
        _sequence.Commit("k=v");
        _sequence.Application.Restore([]);
        Assert.Equal(new KeyValueApplication().Info, _sequence.Application.Info);
        Assert.Null(_sequence.Value("k"));
    }

    [Fact]
    public void A_damaged_snapshot_is_refused_and_changes_nothing()
    {
        _sequence.Commit("a=1", "b=22", "c=333");
        var snapshot = _sequence.Application.Snapshot();
        var other = new Sequence(new KeyValueApplication());
        other.Commit("k=v");
        for (var length = 1; length < snapshot.Length; length++) AssertRefused(snapshot[..length]);
        AssertRefused([.. snapshot, 0]);
        AssertRefused([2, .. snapshot[1..]]);
        foreach (var (at, value) in ((int, byte)[])[(41, 4), (41, 2), (44, 0x80), (45, 0), (47, (byte)'z'), (48, 0), (51, 0xff)])
        {
            var damaged = (byte[])snapshot.Clone();
            damaged[at] = value;
            AssertRefused(damaged);
        }

        Assert.Equal("v", other.Value("k"));

        void AssertRefused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => other.Application.Restore(bytes));
    }

    [Fact]
    public void Random_snapshots_never_do_worse_than_being_refused()
    {
        var random = new Random(3);
        _sequence.Commit([.. Enumerable.Range(0, 20).Select(i => $"key{i}=value{i}")]);
        var snapshot = _sequence.Application.Snapshot();
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = (byte[])snapshot.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                var other = new KeyValueApplication();
                other.Restore(damaged);
                Assert.Equal(damaged, other.Snapshot());
            }
            catch (InvalidDataException)
            {
                // What is expected of most.
            }
        }
    }

    [Fact]
    public void Opaque_transactions_cost_no_allocation_each()
    {
        var application = new KeyValueApplication();
        CommittedTransaction[] few = [.. Opaque(1)], many = [.. Opaque(5_000)];
        var codes = new uint[many.Length];
        application.Finalize(1, 1, many, codes);
        var start = GC.GetAllocatedBytesForCurrentThread();
        application.Finalize(2, 1, few, codes);
        var between = GC.GetAllocatedBytesForCurrentThread();
        application.Finalize(3, 1, many, codes);
        Assert.Equal(between - start, GC.GetAllocatedBytesForCurrentThread() - between);

        static IEnumerable<CommittedTransaction> Opaque(int count)
        {
            var random = new Random(1);
            for (var i = 0; i < count; i++)
            {
                var bytes = new byte[512];
                random.NextBytes(bytes);
                yield return new CommittedTransaction(bytes, Digest.Of(bytes), false);
            }
        }
    }

    [Fact]
    public async Task Readers_see_each_commit_as_a_whole()
    {
        using var ended = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var last = 0L;
            while (!ended.IsCancellationRequested)
            {
                var found = _sequence.Application.Query("", "b"u8.ToArray());
                if (found.Value is not { } value) continue;
                Assert.Equal($"{found.Height}", Encoding.UTF8.GetString(value.Span));
                Assert.True(found.Height >= last);
                last = found.Height;
            }
        });
        for (var i = 1; i <= 5_000; i++) _sequence.Commit($"a={i}", $"b=0{i}", $"b={i}", $"c={i}");
        await ended.CancelAsync();
        await reader;
    }
}
