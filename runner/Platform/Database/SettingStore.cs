using Dapper;

namespace Mysticeti.Platform.Database;

/// <summary>Small things that outlive a restart.</summary>
internal sealed class SettingStore(IDatabase database)
{
    public async Task<string?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT value FROM platform_setting WHERE name = @name", new { name }, cancellationToken: cancellationToken));
    }

    public async Task WriteAsync(string name, string value, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "INSERT INTO platform_setting (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            new { name, value }, cancellationToken: cancellationToken));
    }
}
