using System.Globalization;

namespace Mysticeti.Engine.Measurement;

/// <summary>How figures are rounded and written, the same everywhere and in every locale.</summary>
public static class Figures
{
    public static double ToMs(long ns) => ns / 1e6;

    /// <summary>Rounded to what the histogram resolves; null stays null.</summary>
    public static double? Round(double? value, int digits = 3) => value is double v ? Math.Round(v, digits) : null;

    /// <summary>"45.2 ms"; a missing figure is a dash, never a zero.</summary>
    public static string Ms(double? ms) => ms is double value ? $"{Number(value, 1)} ms" : "-";

    public static string Number(double value, int digits) => Math.Round(value, digits).ToString($"F{digits}", CultureInfo.InvariantCulture);

    /// <summary>Without decimals where there are none: "95", "95.2".</summary>
    public static string Plain(double value) => Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>"95.0%" of a ratio.</summary>
    public static string Percent(double? ratio) => ratio is double value ? $"{Number(value * 100, 1)}%" : "-";
}
