namespace Vaal.Tests.Core;

public sealed class SuggestionTests
{
    private static readonly string[] Fruit = ["Apple", "Banana", "Passion-Fruit"];

    [Theory]
    [InlineData("Appel", "Apple")]
    [InlineData(" apple ", "Apple")]
    [InlineData("passionfruit", "Passion-Fruit")]
    [InlineData("bananas", "Banana")]
    [InlineData("passion", "Passion-Fruit")]
    [InlineData("fruit", "Passion-Fruit")]
    [InlineData("unsure", null)]
    [InlineData("", null)]
    public void Nearest_Mistyped_IsWhatWasMeant(string found, string? meant) =>
        Assert.Equal(meant, Suggestion.Nearest(found, Fruit));

    [Fact]
    public void Nearest_NothingKnown_IsNull() => Assert.Null(Suggestion.Nearest("x", []));
}
