namespace Mysticeti.Validator.Contract;

/// <summary>A parameters file is wrong. The message is one line for the user.</summary>
internal sealed class ParametersException(string message) : Exception(message);
