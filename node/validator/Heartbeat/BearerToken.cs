using System.Net.Http.Headers;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Heartbeat;

/// <summary>The token that an uptime backend wants. It comes in a file: command lines are seen by everybody on the machine.</summary>
internal static class BearerToken
{
    private const int Longest = 1023;

    /// <exception cref="ParametersException">There is no such file, or it holds something else than one token. The message never quotes it.</exception>
    public static AuthenticationHeaderValue Read(string path)
    {
        try
        {
            var token = File.ReadAllText(path).Trim();
            return token.Length is > 0 and <= Longest && token.All(c => c is > ' ' and < (char)127)
                ? new AuthenticationHeaderValue("Bearer", token)
                : throw new ParametersException($"token file '{path}' must hold one token of at most {Longest} printable characters, and nothing else");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ParametersException($"token file '{path}' cannot be read: {error.Message}");
        }
    }
}
