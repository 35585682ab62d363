namespace Mysticeti.Engine.Load;

/// <summary>A small, fast, seeded generator (SplitMix64): the same seed gives the same load on every machine and runtime.</summary>
public struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A seed for one purpose that is independent of the seeds for others.</summary>
    public static ulong Derive(ulong seed, ulong purpose, ulong number = 0)
    {
        var outer = new SplitMix64(seed ^ (purpose * 0xD1B54A32D192ED03));
        return new SplitMix64(outer.Next() + number * 0x9E3779B97F4A7C15).Next();
    }
}
