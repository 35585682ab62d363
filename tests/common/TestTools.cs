namespace Mysticeti.Tests;

/// <summary>Programs that tests need beside the SDK.</summary>
internal static class TestTools
{
    /// <summary>
    /// Skips the test because of what is missing; fails it where MYSTICETI_TEST_TOOLS is "required", as it is on machines where
    /// everything is meant to be tested.
    /// </summary>
    public static void Missing(string what)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("MYSTICETI_TEST_TOOLS") == "required", what);
        Assert.Fail(what);
    }
}
