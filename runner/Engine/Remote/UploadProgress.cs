using System.Collections.Concurrent;

namespace Mysticeti.Engine.Remote;

/// <summary>Says, each time another quarter is done, how much of all uploads together has been sent.</summary>
/// <param name="total">Bytes of all uploads.</param>
internal sealed class UploadProgress(long total, IProgress<string> lines)
{
    private readonly ConcurrentDictionary<int, long> _sent = new();
    private readonly Lock _lock = new();
    private long _quarters;

    /// <summary>The progress of one upload.</summary>
    public IProgress<long> Of(int upload) => new One(this, upload);

    private void Report(int upload, long sent)
    {
        _sent[upload] = sent;
        lock (_lock)
        {
            var quarters = total == 0 ? 0 : 4 * _sent.Values.Sum() / total;
            if (quarters <= _quarters) return;
            _quarters = quarters;
            lines.Report($"uploaded {25 * quarters}% of {total >> 20} MiB");
        }
    }

    private sealed class One(UploadProgress all, int upload) : IProgress<long>
    {
        public void Report(long value) => all.Report(upload, value);
    }
}
