using System.Globalization;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Storage;

/// <summary>
/// The write-ahead log of accepted blocks, own ones included, in the order of acceptance: with the last checkpoint all
/// that a restarted validator needs. Cut into segments, so that what garbage collection has passed can be deleted.
/// </summary>
/// <remarks>
/// <see cref="Append"/> collects and <see cref="Flush"/> hands over to the operating system, which survives the death of
/// the process; with fsync it survives a power failure too. One thread only, but for <see cref="Read"/>.
/// </remarks>
internal sealed class BlockLog : IDisposable
{
    /// <summary>A segment that has grown beyond this is followed by a new one.</summary>
    public const long DefaultSegmentBytes = 32L * 1024 * 1024;

    private readonly string _directory;
    private readonly Digest _genesisHash;
    private readonly bool _fsync;
    private readonly long _segmentBytes;
    private readonly FileStream _lock;

    // Guards which segments there are and where their blocks begin, for readers.
    private readonly Lock _index = new();
    private readonly Queue<(string Path, long HighestRound, long Bytes, IReadOnlyDictionary<BlockRef, long> Offsets)> _closed = new();
    private BlockSegment _current;
    private long _number;
    private long _closedBytes;

    private BlockLog(string directory, Digest genesisHash, bool fsync, long segmentBytes, FileStream exclusive, Action<Block> recover)
    {
        (_directory, _genesisHash, _fsync, _segmentBytes, _lock) = (directory, genesisHash, fsync, segmentBytes, exclusive);
        var paths = Directory.GetFiles(directory, "blocks-*.log").Order(StringComparer.Ordinal).ToList();
        if (paths.Count > 0) _number = NumberOf(paths[^1]);
        for (var i = 0; i < paths.Count - 1; i++)
        {
            using var segment = BlockSegment.Open(paths[i], genesisHash, isLast: false, recover);
            Blocks += segment.RecoveredBlocks;
            Close(segment);
        }

        _current = BlockSegment.Open(paths.Count == 0 ? PathOf(0) : paths[^1], genesisHash, isLast: true, recover);
        Blocks += _current.RecoveredBlocks;
        TornBytes = _current.TornBytes;
    }

    /// <summary>Blocks that were read when the log was opened.</summary>
    public long Blocks { get; }

    /// <summary>Bytes of an unfinished last record that were cut off when the log was opened.</summary>
    public long TornBytes { get; }

    /// <summary>Files of the log.</summary>
    public int Segments => _closed.Count + 1;

    /// <summary>Bytes of the log, those that are still to be written included.</summary>
    public long Bytes => _closedBytes + _current.Length;

    /// <summary>Opens or creates the log in <paramref name="directory"/> and hands each block in it to <paramref name="recover"/>, in order.</summary>
    /// <exception cref="StorageException">Another process holds the log, it is of another network, or it is damaged in the middle.</exception>
    public static BlockLog Open(string directory, Digest genesisHash, bool fsync, Action<Block> recover, long segmentBytes = DefaultSegmentBytes)
    {
        var exclusive = Lock(directory);
        try
        {
            return new BlockLog(directory, genesisHash, fsync, segmentBytes, exclusive, recover);
        }
        catch
        {
            exclusive.Dispose();
            throw;
        }
    }

    /// <summary>Adds a block to what the next <see cref="Flush"/> writes.</summary>
    public void Append(Block block)
    {
        if (_current.Length > _segmentBytes) StartSegment();
        lock (_index) _current.Append(block);
    }

    /// <summary>Reads a block that was flushed; null where it is not in the log any more. Safe for use by several threads.</summary>
    public Block? Read(BlockRef reference) => Find(reference) is var (path, offset) ? BlockSegment.ReadAt(path, offset) : null;

    /// <summary>Makes everything appended durable.</summary>
    public void Flush() => _current.Flush(_fsync);

    /// <summary>Deletes the segments that hold nothing above <paramref name="gcRound"/>. Only rounds that a durable checkpoint has passed may be given.</summary>
    public void CollectGarbage(long gcRound)
    {
        while (_closed.TryPeek(out var oldest) && oldest.HighestRound <= gcRound)
        {
            File.Delete(oldest.Path);
            _closedBytes -= oldest.Bytes;
            lock (_index) _closed.Dequeue();
        }
    }

    /// <summary>Starts over with nothing but <paramref name="kept"/>, after a checkpoint from elsewhere was made durable.</summary>
    public void Restart(Block? kept)
    {
        StartSegment();
        if (kept is not null) Append(kept);
        Flush();
        CollectGarbage(long.MaxValue);
    }

    public void Dispose()
    {
        try
        {
            Flush();
        }
        catch (IOException)
        {
            // A full disk was reported by the flush before; what is left was never acted upon.
        }

        _current.Dispose();
        _lock.Dispose();
    }

    private (string Path, long Offset)? Find(BlockRef reference)
    {
        lock (_index)
        {
            if (_current.Offsets.TryGetValue(reference, out var offset)) return (_current.Path, offset);
            foreach (var segment in _closed)
            {
                if (segment.Offsets.TryGetValue(reference, out offset)) return (segment.Path, offset);
            }

            return null;
        }
    }

    private void StartSegment()
    {
        Flush();
        var next = BlockSegment.Open(PathOf(++_number), _genesisHash, isLast: true, static _ => { });
        lock (_index)
        {
            Close(_current);
            _current.Dispose();
            _current = next;
        }
    }

    private void Close(BlockSegment segment)
    {
        _closed.Enqueue((segment.Path, segment.HighestRound, segment.Length, segment.Offsets));
        _closedBytes += segment.Length;
    }

    private static FileStream Lock(string directory)
    {
        var path = System.IO.Path.Combine(directory, "lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new StorageException($"cannot lock '{path}': {error.Message} Is another validator running in this working directory?", error);
        }
    }

    private string PathOf(long number) => System.IO.Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"blocks-{number:D9}.log"));

    private static long NumberOf(string path)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(path)["blocks-".Length..];
        return long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StorageException($"'{path}' does not belong here: segments of the block log have numbers in their names");
    }
}
