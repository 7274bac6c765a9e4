using System.Reflection;

namespace Vaal.Tests.House;

/// <summary>The inner loop of CONTRIBUTING.md leaves out the category Slow, so it holds what takes long.</summary>
public sealed class SlowTests
{
    [Fact]
    public void Program_StartedByATestThatIsNotSlow_IsRefused() =>
        Assert.Contains("on a test that starts a program, found none",
            Assert.ThrowsAny<Exception>(() => CommandLine.Run("--version")).Message, StringComparison.Ordinal);

    [Fact]
    public void Category_OfAnyTest_IsSlow()
    {
        var types = typeof(SlowTests).Assembly.GetTypes();
        var traits = types.Concat<MemberInfo>(types.SelectMany(t => t.GetMethods()))
            .SelectMany(m => m.GetCustomAttributes<TraitAttribute>()).Where(t => t.Name == "Category").ToList();
        Assert.NotEmpty(traits);
        Assert.All(traits, t => Assert.Equal("Slow", t.Value));
    }
}
