using System.Globalization;

namespace Mysticeti.Runner.Tests.Reports;

/// <summary>Reads the rows of an <c>.hgrm</c> file as a plotter would.</summary>
internal static class Hgrm
{
    internal sealed record Row(double Ms, double Percentile, long UpTo);

    public static IEnumerable<Row> Rows(string text) => text.Split('\n').Skip(1)
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(columns => new Row(Number(columns[0]), Number(columns[1]), long.Parse(columns[2], CultureInfo.InvariantCulture)));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
