namespace Mysticeti.Engine.Load;

/// <summary>How transactions and their answers look on one connection. Each connection has its own; one thread uses it.</summary>
internal interface ISubmissionProtocol
{
    /// <summary>Most transactions of one request.</summary>
    int MostCalls { get; }

    /// <summary>What a new connection begins with; empty where requests can follow at once. Forgets what it knew of the last one.</summary>
    ReadOnlyMemory<byte> Open();

    /// <summary>Whether requests may be sent: the server has agreed to what <see cref="Open"/> asked for.</summary>
    bool IsOpen { get; }

    /// <summary>
    /// Formats <paramref name="count"/> transactions of one node, from <paramref name="first"/> on. The bytes stay valid until
    /// the next call.
    /// </summary>
    ReadOnlyMemory<byte> Format(int first, int count);

    /// <summary>Takes the complete answers at the front of what was received.</summary>
    /// <param name="received">May be changed in place.</param>
    /// <param name="ended">Nothing follows any more.</param>
    /// <param name="pending">The requests that wait for answers.</param>
    /// <param name="closes">The server takes nothing more on this connection.</param>
    /// <returns>Bytes taken.</returns>
    /// <exception cref="InvalidDataException">This is not the protocol.</exception>
    int Read(Span<byte> received, bool ended, PendingRequests pending, out bool closes);
}
