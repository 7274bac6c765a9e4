using Vaal.Data;

namespace Vaal.Tests.Data;

/// <summary>A file that is read by its name twice must be the same file both times.</summary>
public sealed class SameFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public void Verify_FileUntouched_IsWell(int secondsOld)
    {
        var path = Written("abc", secondsOld);
        new SameFile(path).Verify();
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", new SameFile(path).Sha256);
    }

    [Theory]
    [InlineData("abcd", 0)]
    [InlineData("abd", 0)]                                        // the same length and time, written just now
    [InlineData("abd", 60)]
    public void Verify_OtherContent_IsOneLine(string content, int secondsLater)
    {
        var path = Written("abc", secondsOld: 0);
        var (file, time) = (new SameFile(path), File.GetLastWriteTimeUtc(path));
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, time.AddSeconds(secondsLater));
        Assert.Equal(
            $"expected {path} to stay as it is while it is read, found it changed; run the same command again",
            Assert.Throws<InputException>(file.Verify).Message);
        Assert.False(file.IsThere());
    }

    [Fact]
    public void Verify_TouchedOrGoneSince_IsWell()
    {
        var path = Written("abc", secondsOld: 60);
        var file = new SameFile(path);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        file.Verify();
        File.Delete(path);
        file.Verify();                                                                // it was read before
        Assert.False(file.IsThere());
    }

    [Fact]
    public void Verify_LinkToAnotherFile_IsNoticed()
    {
        var (one, two) = (Written("abc", 60, "one"), Written("abcd", 60, "two"));
        File.CreateSymbolicLink(_folder["link"], one);
        var file = new SameFile(_folder["link"]);
        file.Verify();
        File.Delete(_folder["link"]);
        File.CreateSymbolicLink(_folder["link"], two);
        Assert.Throws<InputException>(file.Verify);
    }

    private string Written(string content, int secondsOld, string name = "a.txt")
    {
        var path = _folder.Write(name, content);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(-secondsOld));
        return path;
    }
}
