using System.Buffers;
using System.Text;
using Mysticeti.Consensus;

namespace Mysticeti.Protocol.Tests;

/// <summary>Writer and reader agree. What the bytes are is held by readers of the tests' own, in the validator's tests and at the load's ledger.</summary>
public sealed class CommitFramesTests
{
    [Fact]
    public void What_was_written_is_read_however_the_bytes_are_cut()
    {
        var random = new Random(7);
        var (output, expected) = (new ArrayBufferWriter<byte>(), new Told());
        for (var index = 1L; index <= 30; index++)
        {
            var transactions = Enumerable.Range(0, random.Next(5)).Select(_ => Bytes(random, random.Next(200))).ToArray();
            var digest = Digest.Of(Bytes(random, 8));
            CommitFrameWriter.WriteHeartbeat(output, index);
            CommitFrameWriter.WriteCommit(
                output, new CommitHeader(index, index + 3, 2, 5, 6, digest, transactions.Length), transactions.Sum(bytes => Math.Min(72, bytes.Length)));
            expected.OnCommit(index, digest.ToArray());
            foreach (var bytes in transactions)
            {
                var duplicate = random.Next(2) == 0;
                CommitFrameWriter.WriteTransaction(output, bytes, duplicate, prefix: 72);
                expected.OnTransaction(index, bytes.Length, duplicate, bytes.AsSpan(0, Math.Min(72, bytes.Length)));
            }

            CommitFrameWriter.WriteAppHash(output, index, digest);
            expected.OnAppHash(index, digest.ToArray());
        }

        CommitFrameWriter.WriteEnd(output, "the validator is stopping");
        for (var trial = 0; trial < 50; trial++)
        {
            var (told, buffer, at) = (new Told(), Array.Empty<byte>(), 0);
            string? end = null;
            while (end is null)
            {
                var more = Math.Min(random.Next(1, 300), output.WrittenCount - at);
                buffer = [.. buffer, .. output.WrittenSpan.Slice(at, more)];
                at += more;
                var used = CommitFrameReader.Read(buffer, told, out _, out end);
                buffer = buffer[used..];
            }

            Assert.Equal("the validator is stopping", end);
            Assert.Equal(expected.ToString(), told.ToString());
        }
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Everything that was told, as text.</summary>
    private sealed class Told : ICommitSink
    {
        private readonly StringBuilder _text = new();

        public void OnCommit(long index, ReadOnlySpan<byte> chainDigest) => _text.AppendLine($"commit {index} {Convert.ToHexString(chainDigest)}");

        public void OnTransaction(long index, long length, bool duplicate, ReadOnlySpan<byte> prefix) =>
            _text.AppendLine($"transaction {index} {length} {duplicate} {Convert.ToHexString(prefix)}");

        public void OnAppHash(long index, ReadOnlySpan<byte> hash) => _text.AppendLine($"hash {index} {Convert.ToHexString(hash)}");

        public override string ToString() => _text.ToString();
    }
}
