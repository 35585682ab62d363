using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Topology;

namespace Mysticeti.Validator.Rpc;

/// <summary>CometBFT's notation in JSON: 64-bit integers as strings, hashes in upper-case hexadecimal, times in RFC 3339.</summary>
internal static class CometJson
{
    /// <summary>A 64-bit integer, which CometBFT writes as a string.</summary>
    public static void WriteInt64(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        json.WriteString(name, digits[..length]);
    }

    /// <summary>A hash in upper-case hexadecimal; an absent one is the empty string.</summary>
    public static void WriteHash(this Utf8JsonWriter json, ReadOnlySpan<byte> name, Digest? hash)
    {
        if (hash is not { } present)
        {
            json.WriteString(name, ""u8);
            return;
        }

        Span<byte> bytes = stackalloc byte[Digest.Size];
        Span<byte> hex = stackalloc byte[Digest.Size * 2];
        present.CopyTo(bytes);
        Convert.TryToHexString(bytes, hex, out _);
        json.WriteString(name, hex);
    }

    /// <summary>Nanoseconds since the Unix epoch, as Go writes a time: up to nine decimals without trailing zeros.</summary>
    public static void WriteTime(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long unixNs) => json.WriteString(name, FormatTime(unixNs));

    public static void WriteTime(this Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset time) =>
        json.WriteTime(name, (time.UtcTicks - DateTime.UnixEpoch.Ticks) * 100);

    public static string FormatTime(long unixNs)
    {
        var (ticks, rest) = Math.DivRem(unixNs, 100L);
        if (rest < 0) (ticks, rest) = (ticks - 1, rest + 100);
        var time = DateTime.UnixEpoch.AddTicks(ticks);
        var decimals = (((time.Ticks % TimeSpan.TicksPerSecond) * 100) + rest).ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return time.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + (decimals.Length == 0 ? "Z" : $".{decimals}Z");
    }

    /// <summary>The first 20 bytes of the SHA-256 of the public key.</summary>
    public static byte[] AddressOf(GenesisAuthority authority) => SHA256.HashData(Convert.FromHexString(authority.PublicKey))[..20];

    /// <summary>Writes <c>address</c> and <c>pub_key</c>.</summary>
    public static void WriteKey(this Utf8JsonWriter json, GenesisAuthority authority)
    {
        json.WriteString("address"u8, Convert.ToHexString(AddressOf(authority)));
        json.WriteStartObject("pub_key"u8);
        json.WriteString("type"u8, "tendermint/PubKeyEd25519"u8);
        json.WriteBase64String("value"u8, Convert.FromHexString(authority.PublicKey));
        json.WriteEndObject();
    }
}
