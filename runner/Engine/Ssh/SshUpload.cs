namespace Mysticeti.Engine.Ssh;

/// <summary>How both transports receive a file on the host: with a POSIX shell alone.</summary>
internal static class SshUpload
{
    private const int BufferSize = 128 * 1024;

    // A cut connection looks like the end of the input, so the length decides. Nothing incomplete is left.
    private const string Script = """
        umask 077
        trap 'rm -f "$1.part"' EXIT
        trap 'exit 1' HUP INT TERM
        cat >"$1.part" || { echo "error: $1 cannot be written" >&2; exit 1; }
        [ "$(($(wc -c <"$1.part")))" = "$2" ] || { echo "error: $1 arrived incomplete" >&2; exit 1; }
        mv "$1.part" "$1"
        """;

    /// <summary>The command that reads the file from its standard input.</summary>
    public static string[] Command(string path, long length) => ["sh", "-c", Script, "sh", path, length.ToString(System.Globalization.CultureInfo.InvariantCulture)];

    /// <summary>Copies to a host, and says how far it has come.</summary>
    public static async Task CopyAsync(Stream content, Stream host, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        var sent = 0L;
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await host.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            progress?.Report(sent += read);
        }

        await host.FlushAsync(cancellationToken);
    }
}
