namespace Mysticeti.Engine.Load;

/// <summary>How the moments of sending are laid out in time.</summary>
public enum Arrival
{
    /// <summary>Equal gaps.</summary>
    Constant,

    /// <summary>Exponential gaps with the same mean, from the seed.</summary>
    Poisson,
}
