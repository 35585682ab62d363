using Microsoft.Extensions.Logging;
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

    /// <summary>
    /// Goes on from a checkpoint that peers agreed on. Own blocks that are in no commit hand their transactions back, unless they may have been committed
    /// in the meantime: the checkpoint's window says which were, but only as far back as it reaches. Behind that a transaction is better lost (none of them
    /// was reported as committed) than committed twice.
    /// </summary>
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
        var knowsMeantime = checkpoint.Core.Linearizer.Index - _genesis.Consensus.DuplicateWindowCommits <= _commitLog.LastIndex;
        _finalizer = new CommitFinalizer(_genesis.Consensus, checkpoint.Finalizer, _application);
        CheckpointFile.Save(_directory, encoded, _fsync);
        _blockLog.Restart(last);
        Checkpoints.Add(checkpoint.Core.Linearizer.Index, encoded);
        _commitLog.RestartAfter(checkpoint.Core.Linearizer.Index);
        _core = _createCore(checkpoint.Core);
        _recovering = true;
        if (last is not null) _core.Recover(last);
        _recovering = false;
        foreach (var block in unsequenced) _mempool.Requeue(block, knowsMeantime ? _finalizer.WasCommitted : _ => true);
        for (var peer = 0; peer < _up.Length; peer++)
        {
            if (_up[peer]) _core.PeerUp(peer);
        }

        PublishState();
        Resubscribe();
        _metrics.CheckpointsInstalled.Increment();
        _log.LogWarning("took over the checkpoint at commit {Index}; commits before it are not known here", checkpoint.Core.Linearizer.Index);
        if (!knowsMeantime && unsequenced.Sum(block => block.TransactionCount) is > 0 and var dropped)
            _log.LogWarning("dropped {Count} accepted transactions of own blocks: whether they were committed meanwhile cannot be known here", dropped);
    }

    private void Resubscribe()
    {
        foreach (var link in _peers!.Links) link.Subscribe();
    }
}
