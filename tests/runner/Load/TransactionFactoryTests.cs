using System.IO.Compression;
using System.Text;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;

namespace Mysticeti.Runner.Tests.Load;

public sealed class TransactionFactoryTests
{
    [Theory]
    [InlineData(TransactionType.Opaque, 32)]
    [InlineData(TransactionType.Opaque, 33)]
    [InlineData(TransactionType.Opaque, 512)]
    [InlineData(TransactionType.Kv, 66)]
    [InlineData(TransactionType.Kv, 513)]
    public void The_header_is_read_back_from_the_prefix(TransactionType type, int size)
    {
        var factory = Factory(type, size);
        for (var sequence = 0; sequence < 50; sequence++)
        {
            var bytes = Bytes(factory, sequence);
            Assert.True(TransactionHeader.TryRead(bytes.AsSpan(0, Math.Min(size, TransactionHeader.PrefixSize)), out var header));
            Assert.Equal(factory.HeaderOf(sequence), header);
            Assert.Equal((0xABCDEFUL, sequence, 3u), (header.RunId, header.Sequence, header.LoadNumber));
        }
    }

    [Fact]
    public void Padding_does_not_compress_and_differs_by_sequence_and_seed()
    {
        var bytes = Bytes(Factory(TransactionType.Opaque, 4096), 5);
        using var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(bytes);
        }

        Assert.True(compressed.Length > 4050);
        Assert.Equal(bytes[32..], Bytes(Factory(TransactionType.Opaque, 4096), 5)[32..]);
        Assert.NotEqual(bytes[32..], Bytes(Factory(TransactionType.Opaque, 4096), 6)[32..]);
        Assert.NotEqual(bytes[32..], Bytes(Factory(TransactionType.Opaque, 4096, seed: 2), 5)[32..]);
    }

    [Fact]
    public void A_key_value_transaction_is_text_with_one_equals_sign()
    {
        var text = Encoding.ASCII.GetString(Bytes(Factory(TransactionType.Kv, 200), 9));
        Assert.Matches("^[0-9a-f]{64}=[A-Za-z0-9_-]{135}$", text);
    }

    [Theory]
    [InlineData(TransactionType.Opaque, 31, "at least 32")]
    [InlineData(TransactionType.Kv, 65, "at least 66")]
    public void A_size_below_the_header_is_refused(TransactionType type, int size, string hint)
    {
        var error = Assert.Throws<UsageException>(() => TransactionFactory.CheckSize(type, size));
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MYB1 but too short")]
    [InlineData("4d594231zz8a000000000000010000000000000002000000000000000300000000=x")]
    [InlineData("some other transaction that is longer than any header of ours could be")]
    public void Other_bytes_have_no_header(string text) =>
        Assert.False(TransactionHeader.TryRead(Encoding.ASCII.GetBytes(text), out _));

    private static TransactionFactory Factory(TransactionType type, int size, ulong seed = 1)
    {
        var clock = new LoadClock(TimeProvider.System);
        clock.Start();
        var schedule = Schedule.Create(Arrival.Constant, 100, TimeSpan.Zero, TimeSpan.FromSeconds(1), 1);
        return new TransactionFactory(type, size, seed, 0xABCDEF, 3, schedule, clock);
    }

    private static byte[] Bytes(TransactionFactory factory, int sequence)
    {
        var bytes = new byte[factory.SizeOf(sequence)];
        factory.Write(sequence, bytes);
        return bytes;
    }
}
