using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Observation;

namespace Mysticeti.Runner.Tests.Measurement;

public sealed class SafetyAuditTests
{
    private static readonly string[] Names = ["node0", "node1", "node2"];

    [Fact]
    public void Equal_digests_agree_in_whatever_order_they_come()
    {
        var audit = new SafetyAudit(Names);
        for (var node = 0; node < 3; node++)
        {
            for (long index = 5 + node; index <= 20 + node; index++) audit.Report(node, index, Digest(index));
        }

        var evidence = audit.Conclude();
        Assert.True(evidence.Agreement);
        Assert.Equal((6, 21), (evidence.LowestCompared, evidence.HighestCompared));
        Assert.Equal(15 + 15, evidence.Compared);
        Assert.Equal([20, 21, 22], evidence.Last.Select(n => n.CommitIndex));
        Assert.Equal(Convert.ToHexString(Digest(22)), evidence.Last[2].ChainDigest);
    }

    [Fact]
    public void The_first_disagreement_is_named()
    {
        var audit = new SafetyAudit(Names);
        for (long index = 1; index <= 9; index++)
        {
            audit.Report(0, index, Digest(index));
            audit.Report(2, index, Digest(index >= 7 ? 1000 + index : index));
        }

        var evidence = audit.Conclude();
        Assert.False(evidence.Agreement);
        Assert.Equal(3, evidence.Disagreements);
        Assert.Equal(new Disagreement(7, "node0", Convert.ToHexString(Digest(7)), "node2", Convert.ToHexString(Digest(1007))), evidence.FirstDisagreement);
        var report = SafetyReport.Conclude(evidence, [], 0);
        Assert.False(report.Safe);
        Assert.Contains("node0 and node2 disagree at commit 7", Assert.Single(report.Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_prefixes_with_different_application_hashes_are_a_violation_of_their_own()
    {
        var audit = new SafetyAudit(Names);
        for (long index = 1; index <= 9; index++)
        {
            for (var node = 0; node < 3; node++)
            {
                audit.Report(node, index, Digest(index));
                audit.ReportApplication(node, index, Digest(node == 1 && index >= 4 ? 2000 + index : 1000 + index));
            }
        }

        var evidence = audit.Conclude();
        Assert.True(evidence.Agreement);
        Assert.Equal((false, 18, 6), (evidence.Application.Agreement, evidence.Application.Compared, evidence.Application.Disagreements));
        var report = SafetyReport.Conclude(evidence, [], 0);
        Assert.True(report.Agreement);
        Assert.False(report.AppHashAgreement);
        Assert.False(report.Safe);
        Assert.Contains("application hashes of node0 and node1 differ after commit 4", Assert.Single(report.Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_that_tell_no_application_hash_are_not_held_to_one()
    {
        var audit = new SafetyAudit(Names);
        audit.Report(0, 1, Digest(1));
        audit.Report(1, 1, Digest(1));
        var report = SafetyReport.Conclude(audit.Conclude(), [], 0);
        Assert.Null(report.AppHashAgreement);
        Assert.True(report.Safe);
    }

    [Fact]
    public void A_node_that_changes_its_own_story_disagrees()
    {
        var audit = new SafetyAudit(Names);
        audit.Report(1, 3, Digest(3));
        audit.Report(1, 3, Digest(4));
        Assert.False(audit.Conclude().Agreement);
    }

    [Fact]
    public void A_node_too_far_behind_goes_uncompared_and_says_so()
    {
        var audit = new SafetyAudit(Names);
        audit.Report(0, SafetyAudit.Retained + 1, Digest(1));
        audit.Report(1, 1, Digest(2));
        var evidence = audit.Conclude();
        Assert.True(evidence.Agreement);
        Assert.Equal(0, evidence.Compared);
        Assert.Equal(1, evidence.Last[1].Uncompared);
    }

    private static byte[] Digest(long n)
    {
        var digest = new byte[32];
        BitConverter.TryWriteBytes(digest, n);
        return digest;
    }
}
