using System.Text.Json.Serialization;

namespace Mysticeti.Engine.Load;

/// <summary>How transactions are handed to a node.</summary>
public enum SubmissionMode
{
    /// <summary>One JSON-RPC request for each transaction, over HTTP/1.1 connections that are kept open.</summary>
    Single,

    /// <summary>What is due for a node at once as one JSON-RPC batch.</summary>
    Batch,

    /// <summary>The same batches as text messages on WebSocket connections.</summary>
    [JsonStringEnumMemberName("websocket")]
    WebSocket,

    /// <summary>Binary frames on the validator's own stream, <c>POST /v1/submit</c>.</summary>
    Stream,
}
