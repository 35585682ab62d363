namespace Mysticeti.Validator.Application;

/// <summary>Codes of a query's answer.</summary>
internal static class QueryCodes
{
    public const uint Ok = 0;

    public const uint UnknownPath = 1;

    /// <summary>Another height than the newest was asked for: no older state is kept.</summary>
    public const uint HeightUnavailable = 2;
}
