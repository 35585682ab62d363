using System.Globalization;

namespace Mysticeti.Topology;

/// <summary>Asks a validator from beside it whether it lives: with bash alone, which every image and host here has.</summary>
public static class HealthProbe
{
    /// <summary>The script for <c>bash -c</c>; it succeeds where <c>/health</c> on 127.0.0.1 answers 200.</summary>
    public static string Script(int rpcPort) => string.Create(
        CultureInfo.InvariantCulture,
        $"exec 3<>/dev/tcp/127.0.0.1/{rpcPort} && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '");
}
