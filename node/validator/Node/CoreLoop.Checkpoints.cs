using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Node;

/// <content>Making own checkpoints durable, and taking over those of peers.</content>
internal sealed partial class CoreLoop
{
    /// <summary>Deletes the segments that neither a restart from the newest durable checkpoint nor a peer needs.</summary>
    private void CollectSegments()
    {
        var needless = Math.Min(_checkpointWriter.DurableGcRound, _core.DroppedRound);
        if (needless <= _collectedRound) return;
        _collectedRound = needless;
        _blockLog.CollectGarbage(needless);
    }

    private void AskForCheckpoint()
    {
        if (_checkpointSync.Next(_commitLog.LastIndex) is not var (peer, index)) return;
        _log.LogInformation("the peers do not keep the blocks any more that are missing here: asking peer {Peer} for the checkpoint at commit {Index}", peer, index);
        _peers![peer].AskForCheckpoint(index);
    }

    /// <summary>Goes on from a checkpoint that peers agreed on.</summary>
    private void Install(byte[] encoded)
    {
        _checkpointSync.Reset();
        if (Checkpoint.TryDecode(encoded, _genesis.Hash) is not { } checkpoint || checkpoint.Core.Linearizer.Index <= _commitLog.LastIndex) return;

        // What was accepted so far in this batch belongs to the old core, and an own older checkpoint must not replace this one.
        MakeDurable();
        CarryOut();
        _checkpointWriter.Drain();
        var last = _core.LastOwnBlock;
        var unsequenced = _core.UnsequencedOwnBlocks.ToList();
        var knowsMeantime = checkpoint.Finalizer.WindowStart <= _commitLog.LastIndex;
        _finalizer = new CommitFinalizer(_genesis.Consensus, checkpoint.Finalizer, _application);
        CheckpointFile.Save(_directory, encoded, _fsync);
        _blockLog.Restart(last);
        Checkpoints.Add(checkpoint.Core.Linearizer.Index, encoded);
        _commitLog.RestartAfter(checkpoint.Core.Linearizer.Index);
        _core = _createCore(checkpoint.Core);
        var lost = SettleOwnBlocks(unsequenced, knowsMeantime);
        _recovering = true;
        if (last is not null) _core.Recover(last);
        _recovering = false;
        for (var peer = 0; peer < _up.Length; peer++)
        {
            if (_up[peer]) _core.PeerUp(peer);
        }

        PublishState();
        Resubscribe();
        _metrics.CheckpointsInstalled.Increment();
        _log.LogWarning("took over the checkpoint at commit {Index}; commits before it are not known here", checkpoint.Core.Linearizer.Index);
        if (lost > 0) _log.LogWarning("dropped {Count} accepted transactions of own blocks: whether they were committed meanwhile cannot be known here", lost);
    }

    /// <summary>
    /// Decides on the transactions of own blocks that were in no commit before the checkpoint. A block that may still be sequenced keeps them; of one
    /// that lies too far back they are proposed again only where the checkpoint's window tells of everything since the newest own commit.
    /// Otherwise a transaction is better lost (none of them was reported as committed) than committed twice.
    /// </summary>
    /// <returns>Transactions that are lost.</returns>
    private int SettleOwnBlocks(List<Block> unsequenced, bool knowsMeantime)
    {
        var lost = 0;
        _mempool.ForgetCommitted();
        foreach (var block in unsequenced)
        {
            var fate = _core.Adopt(block);
            if (fate == OwnBlockFate.Open) continue;
            if (fate == OwnBlockFate.Sequenced) _mempool.GiveUp(block);
            else if (knowsMeantime) _mempool.Requeue(block);
            else lost += _mempool.GiveUp(block);
        }

        _mempool.ReturnDropped();
        return lost;
    }

    private void Resubscribe()
    {
        foreach (var link in _peers!.Links) link.Subscribe();
    }
}
