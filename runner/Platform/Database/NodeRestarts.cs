using System.Data.Common;
using Dapper;

namespace Mysticeti.Platform.Database;

/// <summary>A node that was started anew.</summary>
internal sealed record NodeRestart
{
    public required string NodeName { get; init; }

    /// <summary>Null: none is known.</summary>
    public long? DeploymentId { get; init; }

    public string? Reason { get; init; }

    /// <summary>Exit code; 0 is a code, null is none.</summary>
    public long? Code { get; init; }

    public string? ObjectName { get; init; }

    public string? ObjectNamespace { get; init; }

    public string? ContainerName { get; init; }

    public long? RestartCount { get; init; }

    /// <summary>Seconds since the Unix epoch.</summary>
    public required double Time { get; init; }
}

/// <summary>Writes <see cref="NodeRestart"/>s.</summary>
internal static class NodeRestarts
{
    /// <returns>The row's id.</returns>
    public static Task<long> AddAsync(DbConnection connection, DbTransaction? transaction, NodeRestart restart, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<long>(new CommandDefinition(
            """
            INSERT INTO node_restarts (deployment_id, node_name, reason, code, object_name, object_namespace, container_name, restart_count, time)
            VALUES (@DeploymentId, @NodeName, @Reason, @Code, @ObjectName, @ObjectNamespace, @ContainerName, @RestartCount, @Time) RETURNING id
            """,
            restart, transaction, cancellationToken: cancellationToken));
}
