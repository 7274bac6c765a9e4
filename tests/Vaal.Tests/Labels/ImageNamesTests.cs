using CsCheck;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

public sealed class ImageNamesTests
{
    private static readonly ImageNames Names = new(
    [
        "cats/a.jpg", "dogs/a.jpg", "dogs/b.jpg", "caf\u00e9.jpg", "x y/my photo (1).png", "c.jpeg", "deep/er/d.jpg",
            "100%25.jpg", "0123abcd-e.jpg", "e.jpg",
    ]);

    [Theory]
    [InlineData("cats/a.jpg", "cats/a.jpg")]
    [InlineData("b.jpg", "dogs/b.jpg")]                                        // the only one of that name
    [InlineData("photos/cats/a.jpg", "cats/a.jpg")]                            // leading folders
    [InlineData("cats\\a.jpg", "cats/a.jpg")]
    [InlineData("./cats/a.jpg", "cats/a.jpg")]
    [InlineData("cafe\u0301.jpg", "caf\u00e9.jpg")]                            // accents composed otherwise
    [InlineData("c", "c.jpeg")]                                                // no extension
    [InlineData("labels/c", "c.jpeg")]
    [InlineData("/data/upload/3/0f9e8d7c-b.jpg", "dogs/b.jpg")]                // Label Studio
    [InlineData("/data/upload/3/0f9e8d7c-my_photo_1.png", "x y/my photo (1).png")]
    [InlineData("/data/local-files/?d=x%20y%2Fmy%20photo%20(1).png", "x y/my photo (1).png")]
    [InlineData("https://host.example/bucket/deep/er/d.jpg?token=1", "deep/er/d.jpg")]
    [InlineData("s3://bucket/b.jpg", "dogs/b.jpg")]
    [InlineData("x%20y/my%20photo%20(1).png", "x y/my photo (1).png")]
    [InlineData("100%25.jpg", "100%25.jpg")]                                   // as it stands, before it is decoded
    [InlineData("0123abcd-e.jpg", "0123abcd-e.jpg")]
    [InlineData("fedcba98-e.jpg", "e.jpg")]
    public void Resolve_KnownSpelling_FindsImage(string name, string path)
    {
        Assert.Equal(path, Names.Resolve(name, out var problem));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("CATS/A.JPG", "Cats/a.jpg")]
    [InlineData("b.JPG", "dogs/B.jpg")]
    [InlineData("ÜBER.jpg", "über.jpg")]
    [InlineData("Dogs/C", "dogs/c.jpg")]
    [InlineData("dogs/d.jpg", "dogs/d.jpg")]                                    // as it stands goes first
    [InlineData("dogs/D.jpg", "dogs/D.jpg")]
    [InlineData("DOGS/D.JPG", null)]                                            // which of the two?
    [InlineData("birds/A.JPG", null)]                                           // folders contradict in any case
    public void Resolve_OtherCase_FindsTheOnlyImageThatFits(string name, string? path)
    {
        var names = new ImageNames(["Cats/a.jpg", "dogs/B.jpg", "über.jpg", "dogs/c.jpg", "dogs/d.jpg", "dogs/D.jpg"]);
        Assert.Equal(path, names.Resolve(name, out var problem));
        Assert.Equal(path is null, problem?.StartsWith($"no image '{name}'", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void Resolve_FolderThatContradicts_IsNoImage()
    {
        Assert.Null(Names.Resolve("elsewhere/b.jpg", out var problem));
        Assert.Equal("no image 'elsewhere/b.jpg' in the workspace; 'dogs/b.jpg' has the same file name, but lies in "
            + "another folder", problem);
    }

    /// <summary>
    /// A label file's own folder first, then the one above it; parts of a data set do not speak of each other.
    /// </summary>
    [Theory]
    [InlineData("/w/train", "a.jpg", "train/a.jpg")]
    [InlineData("/w/valid", "a.jpg", "valid/a.jpg")]
    [InlineData("/w", "a.jpg", "a.jpg")]
    [InlineData("/w/test", "b.jpg", null)]
    [InlineData("/w/SET/Annotations", "c.jpg", "SET/JPEGImages/c.jpg")]
    [InlineData("/w/SET/Annotations", "c", "SET/JPEGImages/c.jpg")]
    [InlineData("/elsewhere/export/valid", "a.jpg", "valid/a.jpg")]
    [InlineData("/elsewhere/export", "a.jpg", "a.jpg")]
    [InlineData("/elsewhere", "x/SET/JPEGImages/c.jpg", "SET/JPEGImages/c.jpg")]
    [InlineData("/elsewhere", "images/d.jpg", "holiday/d.jpg")]
    [InlineData("/elsewhere", "JPEGImages/c.jpg", "SET/JPEGImages/c.jpg")]
    public void Resolve_NameInALabelFile_IsNearIt(string folder, string name, string? path)
    {
        var names = new ImageNames(
            ["a.jpg", "train/a.jpg", "train/b.jpg", "valid/a.jpg", "SET/JPEGImages/c.jpg",
            "SET/SegmentationClass/c.jpg", "other/c.jpg", "holiday/d.jpg"], "/w");
        Assert.Equal(path, names.Resolve(name, folder, out _));
    }

    [Fact]
    public void Resolve_SuffixOfOnePathOnly_IsNotAmbiguous()
        => Assert.Equal("x/sub/one.png", new ImageNames(["x/sub/one.png", "y/one.png", "one.png"])
            .Resolve("sub/one.png", out _));

    [Fact]
    public void Resolve_TwoOfThatName_SaysWhich()
    {
        Assert.Null(Names.Resolve("a.jpg", out var problem));
        Assert.Equal("'a.jpg' may be 'cats/a.jpg' or 'dogs/a.jpg'; give the path from the image folder", problem);
    }

    [Fact]
    public void Resolve_Unknown_SaysSo()
    {
        Assert.Null(Names.Resolve("z.jpg", out var problem));
        Assert.Equal("no image 'z.jpg' in the workspace", problem);
    }

    [Theory]
    [InlineData("../b.jpg")]
    [InlineData("cats/../../b.jpg")]
    [InlineData("..\\b.jpg")]
    [InlineData("/etc/b.jpg")]
    [InlineData("C:\\b.jpg")]
    [InlineData("c:/b.jpg")]
    [InlineData("\\\\server\\share\\b.jpg")]
    [InlineData("//server/b.jpg")]
    [InlineData("b.jpg\0")]
    [InlineData("b%00.jpg")]
    [InlineData("%2e%2e/b.jpg")]
    [InlineData("%2Fetc%2Fb.jpg")]
    [InlineData("/data/local-files/?d=..%2F..%2Fb.jpg")]
    [InlineData("/data/local-files/?d=%2Fetc%2Fb.jpg")]
    [InlineData("/data/upload/1/../../b.jpg")]
    [InlineData("https://host/%2e%2e/b.jpg")]
    [InlineData("")]
    [InlineData(" ")]
    public void Resolve_LeavesFolder_IsRefused(string name)
    {
        Assert.NotNull(ImageNames.Unsafe(name));
        Assert.Null(Names.Resolve(name, out var problem));
        Assert.NotNull(problem);
    }

    [Theory]
    [InlineData("a..b.jpg")]
    [InlineData("...jpg")]
    [InlineData("a/..b/c.jpg")]
    [InlineData("https://host.example/a.jpg")]
    [InlineData("data/upload/1/x.jpg")]
    public void Unsafe_DotsThatLeadNowhere_AreFine(string name) => Assert.Null(ImageNames.Unsafe(name));

    [Theory]
    [InlineData("\u00e9", "e\u0301")]
    [InlineData("\u1ec7", "e\u0323\u0302")]                // two marks, the one below first
    [InlineData("e\u0302\u0323", "e\u0323\u0302")]
    [InlineData("\u212b", "A\u030a")]                      // Angstrom, by way of A with ring
    [InlineData("\uac01", "\u1100\u1161\u11a8")]           // Hangul of three parts
    [InlineData("\uac00", "\u1100\u1161")]
    [InlineData("plain.jpg", "plain.jpg")]
    [InlineData("\U0001F600", "\U0001F600")]
    public void Canonical_KnownPairs_AreDecomposed(string text, string form)
    {
        Assert.Equal(form, Canonical.Form(text));
        Assert.Equal(form, Canonical.Form(form));
    }

    [Fact]
    public void Canonical_AnyText_IsStable() => Gen.String[Gen.Char['\u00c0', '\u1fff'], 0, 12].Sample(text =>
        Assert.Equal(Canonical.Form(text), Canonical.Form(Canonical.Form(text))));
}
