namespace Mysticeti.Consensus;

/// <summary>
/// Decides whether a block may touch the DAG. Depends on the block alone, never on a clock or on what is known.
/// Safe for use by several threads if the verifier is.
/// </summary>
public sealed class BlockChecker(Committee committee, ConsensusParameters parameters, IBlockVerifier verifier)
{
    /// <summary>Checks form, limits, ancestors and signature.</summary>
    /// <returns>Null for a valid block, else the reason in words.</returns>
    public string? Check(Block block) => CheckForm(block) ?? CheckTransactions(block) ?? CheckAncestors(block) ?? CheckSignature(block);

    private string? CheckForm(Block block)
    {
        if (!committee.Contains(block.Author)) return $"author {block.Author} is not in the committee of {committee.Size}";
        if (block.Round < 1) return $"round {block.Round} is below 1";
        if (block.Ancestors.IsDefaultOrEmpty) return "there are no ancestors";
        return block.Ancestors.Length > committee.Size
            ? $"{block.Ancestors.Length} ancestors are more than the committee's {committee.Size}"
            : null;
    }

    private string? CheckTransactions(Block block)
    {
        if (block.TransactionCount > parameters.MaxBlockTransactions)
            return $"{block.TransactionCount} transactions are more than {parameters.MaxBlockTransactions}";
        if (block.TransactionBytes > parameters.MaxBlockBytes)
            return $"{block.TransactionBytes} transaction bytes are more than {parameters.MaxBlockBytes}";
        for (var i = 0; i < block.TransactionCount; i++)
        {
            var length = block.Transaction(i).Length;
            if (length == 0) return $"transaction {i} is empty";
            if (length > parameters.MaxTransactionBytes)
                return $"transaction {i} has {length} bytes, more than {parameters.MaxTransactionBytes}";
        }

        return null;
    }

    private string? CheckAncestors(Block block)
    {
        var previous = block.Ancestors[0];
        if (previous.Author != block.Author) return "the first ancestor is not the author's own previous block";

        var parents = new StakeCounter(committee);
        HashSet<(int Author, long Round)>? older = null;
        foreach (var ancestor in block.Ancestors)
        {
            if (!committee.Contains(ancestor.Author)) return $"the author of ancestor {ancestor} is not in the committee of {committee.Size}";
            if (ancestor.Round < 0) return $"ancestor {ancestor} has a negative round";
            if (ancestor.Round >= block.Round) return $"ancestor {ancestor} is not of a lower round than {block.Round}";
            if (ancestor.Round == 0 && ancestor != Block.GenesisReference(ancestor.Author))
                return $"ancestor {ancestor} is not the genesis block of its author";
            if (ancestor.Author == block.Author && ancestor.Round > previous.Round)
                return $"the first ancestor {previous} is not the author's previous block: {ancestor} is newer";

            var isNew = ancestor.Round == block.Round - 1
                ? parents.Add(ancestor.Author)
                : (older ??= []).Add((ancestor.Author, ancestor.Round));
            if (!isNew) return $"ancestor {ancestor} is not the only one of its author and round";
        }

        return parents.IsQuorum
            ? null
            : $"ancestors of round {block.Round - 1} carry a stake of {parents.Stake}, less than the quorum of {committee.Quorum}";
    }

    private string? CheckSignature(Block block) =>
        verifier.Verify(block.Author, block.Digest, block.Signature) ? null : "signature is wrong";
}
