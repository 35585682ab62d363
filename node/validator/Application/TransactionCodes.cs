namespace Mysticeti.Validator.Application;

/// <summary>Codes of a committed or checked transaction: why it had no effect, or can have none.</summary>
internal static class TransactionCodes
{
    public const uint Ok = 0;

    /// <summary>The same bytes were committed before, within the window. Never given by an application.</summary>
    public const uint Duplicate = 1;

    /// <summary>The put would take the store beyond its limit.</summary>
    public const uint StoreFull = 2;

    /// <summary>What the code means, for people.</summary>
    public static string LogOf(uint code) => code switch
    {
        Ok => "",
        Duplicate => "duplicate: committed before, no effect",
        StoreFull => "the store is full: not stored",
        _ => "refused by the application",
    };

    /// <summary>Who gave the code.</summary>
    public static string CodespaceOf(uint code) => code switch
    {
        Ok => "",
        Duplicate => "mysticeti",
        _ => "application",
    };
}
