using System.Buffers.Binary;
using System.Text.Json;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>What the two ends of a <see cref="WorkerLink"/> say to each other, in the order in which it is first said.</summary>
internal enum WorkerMessage : byte
{
    /// <summary>To the worker: what is your clock? Without content.</summary>
    Ping = 1,

    /// <summary>From the worker: its monotonic clock in nanoseconds, 8 bytes little-endian.</summary>
    Pong,

    /// <summary>To the worker: <see cref="WorkerPlan"/>.</summary>
    Plan,

    /// <summary>From the worker: every connection is open or has failed to open.</summary>
    Connected,

    /// <summary>To the worker: <see cref="WorkerStart"/>.</summary>
    Start,

    /// <summary>From the worker, again and again: see <see cref="OutcomeCodec"/>.</summary>
    Outcomes,

    /// <summary>To the worker: stop sending before the schedule is done.</summary>
    Stop,

    /// <summary>From the worker: <see cref="WorkerOffered"/>. Outcomes go on.</summary>
    Offered,

    /// <summary>To the worker: the load is over.</summary>
    Finish,

    /// <summary>From the worker: <see cref="WorkerFinished"/>, its last word.</summary>
    Finished,

    /// <summary>From the worker: why it cannot go on, as UTF-8.</summary>
    Failed,
}

/// <summary>
/// Carries messages between the runner and a load worker over two byte streams, whatever they run through: pipes of a process here, a
/// connection to another machine. A message is its content's length (4 bytes, little-endian), its kind (1 byte), its content.
/// </summary>
internal sealed class WorkerLink(Stream input, Stream output) : IDisposable
{
    private const int HeaderSize = 5;

    /// <summary>Plans with recorded schedules are the largest.</summary>
    private const int MostContent = 1 << 30;

    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>The next message; null when the other end has closed.</summary>
    /// <exception cref="InvalidDataException">This is not the protocol.</exception>
    public async Task<(WorkerMessage Kind, byte[] Content)?> ReadAsync(CancellationToken cancellationToken)
    {
        var header = new byte[HeaderSize];
        var read = await input.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false, cancellationToken);
        if (read < HeaderSize) return read == 0 ? null : throw new InvalidDataException("a message was cut off");

        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var kind = (WorkerMessage)header[4];
        if (length > MostContent || !Enum.IsDefined(kind))
        {
            throw new InvalidDataException($"a message of kind {header[4]} with {length} bytes is none");
        }

        var content = new byte[length];
        await input.ReadExactlyAsync(content, cancellationToken);
        return (kind, content);
    }

    /// <summary>Sends a message; any number of callers at the same time.</summary>
    public async Task WriteAsync(WorkerMessage kind, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderSize];
        BinaryPrimitives.WriteInt32LittleEndian(header, content.Length);
        header[4] = (byte)kind;
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await output.WriteAsync(header, cancellationToken);
            await output.WriteAsync(content, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Sends a message whose content is JSON.</summary>
    public Task WriteJsonAsync<T>(WorkerMessage kind, T content, CancellationToken cancellationToken) =>
        WriteAsync(kind, JsonSerializer.SerializeToUtf8Bytes(content, JsonSerializerOptions.Web), cancellationToken);

    /// <summary>The content of a message that is JSON.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public static T Json<T>(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(content, JsonSerializerOptions.Web) ?? throw new InvalidDataException($"no {typeof(T).Name}");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"no {typeof(T).Name}: {error.Message}", error);
        }
    }

    public void Dispose() => _writing.Dispose();
}
