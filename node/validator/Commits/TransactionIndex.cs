using System.Numerics;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Commits;

/// <param name="CommitIndex">Index of the commit that has the transaction.</param>
/// <param name="Position">Its place among the commit's transactions, from 0.</param>
internal readonly record struct TransactionLocation(long CommitIndex, int Position);

/// <summary>
/// Finds the newest committed transactions by hash. Flat storage without an object for each: a ring of entries in the order of
/// commitment, and an open-addressing table of positions in that ring. 56 bytes a transaction at full size; it grows as needed.
/// </summary>
internal sealed class TransactionIndex(int capacity)
{
    private const int InitialEntries = 1024;
    private const int AddedPerLock = 256;

    private readonly Lock _lock = new();

    // Drawn for each index, so that nobody can prepare hashes that all fall on one slot.
    private readonly uint _multiplier = (uint)Random.Shared.Next() | 1;
    private Entry[] _entries = new Entry[Math.Min(InitialEntries, capacity)];
    private int[] _table = new int[TableSize(Math.Min(InitialEntries, capacity))];
    private int _count;
    private int _next;

    /// <summary>Adds the transactions of one commit. A repeated one keeps its first place, where it had effect.</summary>
    public void Add(Commit commit)
    {
        var transactions = commit.Transactions.AsSpan();
        for (var from = 0; from < transactions.Length; from += AddedPerLock)
        {
            var to = Math.Min(from + AddedPerLock, transactions.Length);
            lock (_lock)
            {
                for (var i = from; i < to; i++)
                {
                    ref readonly var transaction = ref transactions[i];
                    if (transaction.Duplicate && _table[SlotOf(transaction.Hash)] != 0) continue;
                    AddNewest(transaction.Hash, new TransactionLocation(commit.Index, i));
                }
            }
        }
    }

    public bool TryFind(Digest hash, out TransactionLocation location)
    {
        lock (_lock)
        {
            var entry = _table[SlotOf(hash)];
            location = entry == 0 ? default : _entries[entry - 1].Location;
            return entry != 0;
        }
    }

    private void AddNewest(Digest hash, TransactionLocation location)
    {
        if (_count == _entries.Length)
        {
            if (_count < capacity) Grow();
            else Forget(_next);
        }

        _entries[_next] = new Entry(hash, location);
        _table[SlotOf(hash)] = _next + 1;
        _count = Math.Min(_count + 1, _entries.Length);
        _next = _next + 1 == capacity ? 0 : _next + 1;
    }

    // Slot that holds the hash, or the empty one where it belongs.
    private int SlotOf(Digest hash)
    {
        var mask = _table.Length - 1;
        var slot = Home(hash);
        while (_table[slot] != 0 && _entries[_table[slot] - 1].Hash != hash) slot = (slot + 1) & mask;
        return slot;
    }

    private int Home(Digest hash) => (int)(((uint)hash.GetHashCode() * _multiplier) >> (32 - BitOperations.Log2((uint)_table.Length)));

    private void Forget(int entry)
    {
        var mask = _table.Length - 1;
        var hole = SlotOf(_entries[entry].Hash);
        // The same bytes were committed again since: the table names the newer entry, which stays.
        if (_table[hole] != entry + 1) return;

        // Moves later members of the probe chain back, so that no tombstones gather.
        for (var slot = (hole + 1) & mask; _table[slot] != 0; slot = (slot + 1) & mask)
        {
            var home = Home(_entries[_table[slot] - 1].Hash);
            if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
            _table[hole] = _table[slot];
            hole = slot;
        }

        _table[hole] = 0;
    }

    // Only before the ring is full for the first time, so entries lie in order from 0.
    private void Grow()
    {
        Array.Resize(ref _entries, Math.Min(_entries.Length * 2, capacity));
        _table = new int[TableSize(_entries.Length)];
        for (var i = 0; i < _count; i++) _table[SlotOf(_entries[i].Hash)] = i + 1;
    }

    private static int TableSize(int entries) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(entries * 2, 4));

    private readonly record struct Entry(Digest Hash, TransactionLocation Location);
}
