using System.Globalization;

namespace Mysticeti.Engine.Load;

/// <summary>
/// How many bytes transactions have: all the same, or drawn for each one from a distribution. A transaction's size follows from
/// the seed and its sequence alone.
/// </summary>
/// <param name="Kind">Of the distribution.</param>
/// <param name="Smallest">No transaction is smaller.</param>
/// <param name="Largest">No transaction is larger.</param>
/// <param name="Mean">Of the normal distribution, before it is cut to the range.</param>
/// <param name="Deviation">Its standard deviation.</param>
public sealed record TransactionSizes(SizeKind Kind, int Smallest, int Largest, double Mean = 0, double Deviation = 0)
{
    private const ulong SizePurpose = 5;

    /// <summary>Standard deviations around the mean beyond which a normal distribution is cut.</summary>
    private const int NormalRange = 4;

    public static TransactionSizes Fixed(int size) => new(SizeKind.Fixed, size, size);

    /// <summary>
    /// Reads <c>512</c>, <c>uniform:200-1000</c> or <c>normal:512,100</c> (mean and standard deviation, cut at four deviations and at
    /// the limits); null where the text is none of them or leaves the limits.
    /// </summary>
    public static TransactionSizes? Parse(string text, int least, int most)
    {
        var parts = text.Split(':', 2);
        var sizes = parts switch
        {
            [var size] when Number(size) is int n => Fixed(n),
            ["uniform", var range] when range.Split('-') is [var from, var to] && Number(from) is int low && Number(to) is int high && low <= high
                => new TransactionSizes(SizeKind.Uniform, low, high),
            ["normal", var figures] when figures.Split(',') is [var mean, var deviation] && Number(mean) is int m && Number(deviation) is int d && m >= least && m <= most
                => new TransactionSizes(SizeKind.Normal, Math.Max(least, m - (NormalRange * d)), Math.Min(most, m + (NormalRange * d)), m, d),
            _ => null,
        };
        return sizes is not null && sizes.Smallest >= least && sizes.Largest <= most ? sizes : null;
    }

    /// <summary>Bytes of one transaction.</summary>
    public int Of(ulong seed, uint loadNumber, int sequence)
    {
        if (Kind == SizeKind.Fixed) return Largest;

        var random = new SplitMix64(SplitMix64.Derive(seed, SizePurpose, ((ulong)loadNumber << 40) | (uint)sequence));
        if (Kind == SizeKind.Uniform) return Smallest + (int)(random.NextDouble() * (Largest - Smallest + 1));

        // Box and Muller: two uniform numbers make a normal one.
        var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        var normal = radius * Math.Cos(2 * Math.PI * random.NextDouble());
        return (int)Math.Clamp(Math.Round(Mean + (normal * Deviation)), Smallest, Largest);
    }

    /// <summary>As it is written on the command line.</summary>
    public override string ToString() => Kind switch
    {
        SizeKind.Uniform => string.Create(CultureInfo.InvariantCulture, $"uniform:{Smallest}-{Largest}"),
        SizeKind.Normal => string.Create(CultureInfo.InvariantCulture, $"normal:{Mean:0},{Deviation:0}"),
        _ => Largest.ToString(CultureInfo.InvariantCulture),
    };

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 1 << 24 ? number : null;
}

/// <summary>Kinds of distributions of sizes.</summary>
public enum SizeKind
{
    Fixed,
    Uniform,
    Normal,
}
