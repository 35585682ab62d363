namespace Mysticeti.Consensus;

/// <summary>Decides whether a block may touch the DAG. Depends on the block alone, never on a clock or on what is known.</summary>
public sealed class BlockChecker(Committee committee, ConsensusParameters parameters, IBlockVerifier verifier)
{
    /// <summary>Checks form, limits, ancestors and signature.</summary>
    /// <returns>Null for a valid block, else the reason in words.</returns>
    public string? Check(Block block) => CheckForm(block) ?? CheckSignature(block);

    private string? CheckSignature(Block block) =>
        verifier.Verify(block.Author, block.Digest, block.Signature) ? null : "signature is wrong";

    private string? CheckForm(Block block)
    {
        throw new NotSupportedException($"{committee} {parameters} {block}");
    }
}
