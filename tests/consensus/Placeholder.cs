namespace Mysticeti.Tests; public class Placeholder { [Fact] public void Holds() => Assert.Equal(2, 1 + 1); }
