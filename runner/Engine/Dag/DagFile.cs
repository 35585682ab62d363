using System.Collections.Immutable;
using System.Text;
using Mysticeti.Consensus;

namespace Mysticeti.Engine.Dag;

/// <summary>A DAG as written in the DAG language.</summary>
/// <param name="Blocks">All blocks but genesis, by ascending round and as listed in their round.</param>
public sealed record DagFile(Committee Committee, ImmutableArray<Block> Blocks)
{
    /// <summary>Reads a whole text.</summary>
    /// <exception cref="DagSyntaxException">The text is not in the language.</exception>
    public static DagFile Parse(string text) => new DagParser(text).Parse();

    /// <summary>The block's name, such as <c>A2'</c>: its digest is the name's ASCII bytes, so that digests are ordered as names are.</summary>
    public static string NameOf(Block block) => Encoding.ASCII.GetString(block.Digest.ToArray()).TrimEnd('\0');

    /// <summary>The digest that stands for <paramref name="name"/>, which has at most <see cref="Digest.Size"/> ASCII characters.</summary>
    internal static Digest DigestOf(string name)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        bytes.Clear();
        Encoding.ASCII.GetBytes(name, bytes);
        return Digest.FromBytes(bytes);
    }
}
