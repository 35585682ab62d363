namespace Mysticeti.Engine.Load;

/// <summary>A validator as the load sees it.</summary>
/// <param name="Index">Its authority index.</param>
/// <param name="Name">For people.</param>
/// <param name="RpcUrl">Plain HTTP, for example <c>http://127.0.0.1:26657</c>.</param>
public sealed record NodeEndpoint(int Index, string Name, Uri RpcUrl);
