namespace Mysticeti.Validator.Rpc;

/// <summary>A JSON-RPC error object with CometBFT's messages.</summary>
/// <param name="Data">What went wrong, for people; null where the message says it all.</param>
internal sealed record RpcError(int Code, string Message, string? Data)
{
    public const int ParseCode = -32700;
    public const int InvalidRequestCode = -32600;
    public const int MethodNotFoundCode = -32601;
    public const int InvalidParamsCode = -32602;
    public const int InternalCode = -32603;
    public const int ServerCode = -32000;

    public static RpcError MethodNotFound { get; } = new(MethodNotFoundCode, "Method not found", null);

    public static RpcError Parse(string data) => new(ParseCode, "Parse error. Invalid JSON", data);

    public static RpcError InvalidRequest(string data) => new(InvalidRequestCode, "Invalid Request", data);

    public static RpcError InvalidParams(string data) => new(InvalidParamsCode, "Invalid params", data);

    /// <summary>The method itself failed: what CometBFT answers whenever a method returns an error.</summary>
    public static RpcError Internal(string data) => new(InternalCode, "Internal error", data);

    public static RpcError Server(string data) => new(ServerCode, "Server error", data);
}

/// <summary>A parameter is missing or of the wrong type.</summary>
internal sealed class InvalidParamsException(string message) : Exception(message);
