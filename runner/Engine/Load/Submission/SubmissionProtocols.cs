namespace Mysticeti.Engine.Load.Submission;

/// <summary>The protocols of the submission modes.</summary>
internal static class SubmissionProtocols
{
    /// <summary>The protocol of one connection to a node.</summary>
    public static ISubmissionProtocol CreateProtocol(this SubmissionSettings settings, NodeEndpoint node, TransactionFactory factory, Targets targets) => settings.Mode switch
    {
        SubmissionMode.Single => new HttpProtocol(new RpcRequest(node.RpcUrl, settings.Method, factory, targets, mostCalls: 1)),
        SubmissionMode.Batch => new HttpProtocol(new RpcRequest(node.RpcUrl, settings.Method, factory, targets)),
        SubmissionMode.WebSocket => new WebSocketProtocol(node.RpcUrl, new RpcBatch(settings.Method, factory, targets)),
        SubmissionMode.Stream => new StreamProtocol(node.RpcUrl, factory, targets),
        _ => throw new InvalidOperationException($"unknown submission mode {settings.Mode}"),
    };
}
