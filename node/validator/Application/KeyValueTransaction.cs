using System.Text.Unicode;

namespace Mysticeti.Validator.Application;

/// <summary>A transaction <c>key=value</c>: UTF-8 with exactly one equals sign between a key of 1 to 256 bytes and a value that is not empty.</summary>
internal static class KeyValueTransaction
{
    public const int MaxKeyBytes = 256;

    /// <summary>Where the equals sign stands, which is the key's length; -1 where the transaction is opaque.</summary>
    public static int SeparatorOf(ReadOnlySpan<byte> transaction)
    {
        // The cheap tests first: nearly all opaque transactions end here.
        var separator = transaction[..Math.Min(transaction.Length, MaxKeyBytes + 1)].IndexOf((byte)'=');
        if (separator <= 0 || separator == transaction.Length - 1) return -1;
        return transaction[(separator + 1)..].Contains((byte)'=') || !Utf8.IsValid(transaction) ? -1 : separator;
    }
}
