using System.Text;
using System.Text.Json;

namespace Mysticeti.Engine.Load;

/// <summary>Reads the JSON-RPC answers to submitted transactions into the record.</summary>
public static class RpcAnswers
{
    private const int MostReasonLength = 160;

    /// <summary>Takes each answer of a body that is one answer or a batch of them.</summary>
    /// <param name="body">The response body.</param>
    /// <param name="record">Where outcomes go.</param>
    /// <param name="refusal">An error that names no transaction, such as one about the whole request.</param>
    /// <returns>Answers that named a transaction, and how many of those were the first for it.</returns>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public static (int Named, int First) Read(ReadOnlySpan<byte> body, LoadRecord record, out string? refusal)
    {
        refusal = null;
        var named = 0;
        var first = 0;
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.StartObject) continue;

            var (sequence, rejection) = ReadAnswer(ref reader);
            if (sequence is int known && known >= 0 && known < record.Schedule.Count)
            {
                named++;
                first += record.Answered(known, rejection) ? 1 : 0;
            }
            else
            {
                refusal = rejection ?? refusal;
            }
        }

        return (named, first);
    }

    private static (int? Sequence, string? Rejection) ReadAnswer(ref Utf8JsonReader reader)
    {
        int? sequence = null;
        string? rejection = null;
        var result = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                sequence = ReadId(ref reader);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                rejection = reader.TokenType == JsonTokenType.Null ? rejection : ReadReason(ref reader, "message"u8, "data"u8) ?? "error";
            }
            else if (reader.ValueTextEquals("result"u8))
            {
                reader.Read();
                result = true;
                rejection ??= ReadCheck(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return (sequence, rejection ?? (result ? null : "an answer without result"));
    }

    private static int? ReadId(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number) return reader.TryGetInt32(out var number) ? number : null;

        return reader.TokenType == JsonTokenType.String && int.TryParse(reader.GetString(), out var text) ? text : null;
    }

    /// <summary>A result whose code is not 0 is a refusal by the application's check.</summary>
    private static string? ReadCheck(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        long code = 0;
        string? log = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCode = reader.ValueTextEquals("code"u8);
            var isLog = reader.ValueTextEquals("log"u8);
            reader.Read();
            if (isCode && reader.TokenType == JsonTokenType.Number)
            {
                code = reader.TryGetInt64(out var value) ? value : -1;
            }
            else if (isLog && reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && reader.ValueSpan.Length > 0)
            {
                log = reader.GetString();
            }
            else
            {
                reader.Skip();
            }
        }

        return code == 0 ? null : Shorten(log is null ? $"code {code}" : $"code {code}: {log}");
    }

    private static string? ReadReason(ref Utf8JsonReader reader, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            reader.Skip();
            return text;
        }

        var reason = new StringBuilder();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals(first) || reader.ValueTextEquals(second);
            reader.Read();
            if (wanted && reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: > 0 } part)
            {
                reason.Append(reason.Length > 0 ? ": " : "").Append(part);
            }

            reader.Skip();
        }

        return reason.Length > 0 ? Shorten(reason.ToString()) : null;
    }

    private static string Shorten(string text) => text.Length <= MostReasonLength ? text : text[..MostReasonLength];
}
