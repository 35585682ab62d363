namespace Mysticeti.Engine.Load;

/// <summary>What a transaction's bytes look like.</summary>
public enum TransactionType
{
    /// <summary>A header and incompressible padding.</summary>
    Opaque,

    /// <summary>The same as text, <c>key=value</c>, for the key-value application.</summary>
    Kv,

    /// <summary>The opaque bytes in hexadecimal as the value of one key, <c>a=HEX</c>, as CometBFT's tools send them.</summary>
    Hex,
}
