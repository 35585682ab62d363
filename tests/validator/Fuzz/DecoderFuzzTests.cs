using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Metrics;
using Mysticeti.Validator.Links;
using Mysticeti.Validator.Rpc;
using Mysticeti.Validator.Storage;
using Mysticeti.Validator.Tests.Rpc;
using Frame = Mysticeti.Validator.Links.Frame;

namespace Mysticeti.Validator.Tests.Fuzz;

/// <summary>
/// Feeds damaged and random bytes to everything that reads what a peer or a client sent: each input is decoded or refused,
/// nothing else may happen. <c>MYSTICETI_FUZZ_INPUTS</c> sets how many inputs each test takes.
/// </summary>
public class DecoderFuzzTests
{
    private static readonly int Inputs = int.Parse(Environment.GetEnvironmentVariable("MYSTICETI_FUZZ_INPUTS") ?? "50000", CultureInfo.InvariantCulture);

    [Fact]
    public void Damaged_blocks_are_decoded_or_refused()
    {
        using var network = new TestNetwork();
        var verifier = new Ed25519BlockVerifier(network.Committee);
        var checker = new BlockChecker(network.Committee, network.Genesis.Consensus, verifier);
        var samples = network.Blocks(3, "t", "longer transaction").Select(block => block.Encoded.ToArray()).ToArray();
        var originals = samples.Select(Convert.ToHexString).ToHashSet();
        Fuzz(seed: 1, samples, input =>
        {
            if (BlockCodec.TryDecode(input, out var error) is not { } block)
            {
                Assert.NotNull(error);
                return;
            }

            // A block that still has a valid signature must be the original.
            if (checker.Check(block) is null) Assert.Contains(Convert.ToHexString(input), originals);
        });
    }

    [Fact]
    public void Damaged_frames_are_decoded_or_refused()
    {
        var reference = new BlockRef(5, 1, Digest.Of("x"u8));
        var samples = new[]
        {
            Bytes(Frame.OfNumber(FrameKind.Subscribe, 7)), Bytes(Frame.OfReferences([reference, reference])),
            Bytes(CheckpointOffer.ToFrame([new CheckpointOffer(30, reference.Digest)])), Bytes(new CheckpointPart(30, 100, 0, new byte[100]).ToFrame()),
        };
        Fuzz(seed: 2, samples, input =>
        {
            try
            {
                var reader = new FrameReader(new MemoryStream(input), maxPayloadBytes: 10_000);
                // Reading from memory completes at once.
                var read = reader.ReadAsync(CancellationToken.None);
                Assert.True(read.IsCompleted);
                if (!read.IsCompletedSuccessfully) throw read.AsTask().Exception!.InnerException!;
                if (read.GetAwaiter().GetResult() is not { } frame) return;
                Attempt(() => frame.ReadNumber());
                Attempt(() => frame.ReadReferences(100));
                Attempt(() => CheckpointOffer.Read(frame));
                Attempt(() => CheckpointPart.Read(frame));
            }
            catch (Exception error) when (error is ProtocolException or EndOfStreamException)
            {
                // Refused, as it should be.
            }
        });
    }

    [Fact]
    public void Damaged_checkpoints_are_refused()
    {
        var genesis = Digest.Of("genesis"u8);
        var sample = new Checkpoint(
            new CoreState(new LinearizerState(9, genesis, 8, [new BlockRef(5, 1, genesis)]), 9, 1),
            FinalizerState.Initial with { LastTimeNs = 4, Window = [new FirstCommitted(9, [genesis.Half])] }).Encode(genesis);
        Fuzz(seed: 3, [sample], input =>
        {
            if (Checkpoint.TryDecode(input, genesis) is not null) Assert.Equal(sample, input);
        });
    }

    [Fact]
    public async Task Damaged_requests_are_answered()
    {
        var node = new FakeNode();
        node.Commit("abc", "def");
        var options = new RpcOptions();
        var metrics = new RpcMetrics(new MetricRegistry(), node.CommitLog, () => 0);
        var broadcast = new Broadcast(node, metrics);
        var methods = new RpcMethods(node, broadcast, new BlockJson(node), metrics, options, TimeProvider.System, () => new Uri("http://127.0.0.1/"));
        var executor = new JsonRpcExecutor(methods, broadcast, metrics, options, NullLogger.Instance);
        var random = new Random(4);
        var samples = HostileInputTests.Samples.Select(Encoding.UTF8.GetBytes).ToArray();
        var calls = new List<JsonRpcCall>();
        for (var i = 0; i < Inputs; i++)
        {
            using var scratch = new PooledBuffer();
            using var output = new PooledBuffer();
            calls.Clear();
            await executor.ExecuteAsync(Damage(random, samples), null, calls, scratch, output, CancellationToken.None);
            if (output.Length > 0) System.Text.Json.JsonDocument.Parse(output.WrittenMemory).Dispose();
        }
    }

    private static void Fuzz(int seed, byte[][] samples, Action<byte[]> decode)
    {
        var random = new Random(seed);
        for (var i = 0; i < Inputs; i++)
        {
            var input = Damage(random, samples);
            try
            {
                decode(input);
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}, input {i} ({Convert.ToHexString(input)}): {error}");
            }
        }
    }

    private static byte[] Damage(Random random, byte[][] samples)
    {
        var input = samples[random.Next(samples.Length)].ToList();
        for (var times = random.Next(1, 6); times > 0 && input.Count > 0; times--)
        {
            var at = random.Next(input.Count);
            switch (random.Next(6))
            {
                case 0:
                    input[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    input[at] = (byte)random.Next(256);
                    break;
                case 2:
                    input.RemoveRange(at, random.Next(input.Count - at + 1));
                    break;
                case 3:
                    input.Insert(at, (byte)random.Next(256));
                    break;
                case 4:
                    input.AddRange(input.GetRange(at, Math.Min(64, input.Count - at)));
                    break;
                default:
                    // Lengths and counts at their extremes.
                    for (var i = at; i < Math.Min(input.Count, at + 4); i++) input[i] = random.Next(2) == 0 ? (byte)0xFF : (byte)0;
                    break;
            }
        }

        return [.. input];
    }

    private static void Attempt<T>(Func<T> read)
    {
        try
        {
            read();
        }
        catch (ProtocolException)
        {
            // Refused, as it should be.
        }
    }

    private static byte[] Bytes(Frame frame)
    {
        var bytes = new byte[frame.Size];
        frame.Write(bytes);
        return bytes;
    }
}
