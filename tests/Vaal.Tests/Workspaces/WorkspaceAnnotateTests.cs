using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Where an image has one class, it and the shapes complete each other.</summary>
public sealed class WorkspaceAnnotateTests : IDisposable
{
    private static readonly Shape _box = new Box("car", 1, 1, 9, 9),
        _mask = Mask.FromBitmap("car", [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(i < 99 ? 1 : 0))], 64, 64);

    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _w;
    private int _operations;

    public WorkspaceAnnotateTests()
    {
        _folder.Write("images/0.png", Pictures.Random(0));
        _w = Workspace.Create(_folder["images"]);
        _w.Index(new());
    }

    public void Dispose()
    {
        _w.Dispose();
        _folder.Dispose();
    }

    private string? Class(params string[] classes) => Say(new("", 1, LabelKind.Label)
    {
        Classes = classes,
        Part = LabelPart.Classes,
    });

    private string? Draw(params Shape[] shapes) => Say(new("", 1, LabelKind.Label)
    {
        Classes = [],
        Part = LabelPart.Shapes,
        Shapes = shapes,
    });

    private string? Say(LabelOperation operation) =>
        Assert.Single(_w.Annotate([operation with { Op = $"op {_operations++}" }], "ann")).Why;

    private string Label => _w.Labels().SingleOrDefault()?.Describe() ?? "none";

    [Fact]
    public void Shapes_OfAnImageWithAClass_LeaveTheClass()
    {
        Class("street");
        Assert.Null(Draw(_box));
        Assert.Equal("'street' with 1 shape", Label);
        Assert.Null(Draw());
        Assert.Equal("'street'", Label);
    }

    [Fact]
    public void Class_OfAnImageWithShapes_LeavesTheShapes_AndNoneIsRefused()
    {
        Draw(_box);
        Assert.Null(Class("street"));
        Assert.Equal("'street' with 1 shape", Label);
        Assert.Null(Class("road"));
        Assert.Equal("'road' with 1 shape", Label);
        Assert.Equal("expected one class for an image, found none", Class());
        Assert.Equal("'road' with 1 shape", Label);
    }

    /// <summary>That nothing was drawn is an answer; that no class was named is none.</summary>
    [Fact]
    public void Label_OfNothing_IsOneOfShapesOnly()
    {
        Assert.Equal("expected one class for an image, found none", Class());
        Assert.Equal("none", Label);
        Assert.Null(Draw());
        Assert.Equal("nothing in it", Label);
    }

    /// <summary>The page does not show their outlines, so a drawing would replace them unseen.</summary>
    [Fact]
    public void Shapes_OfAnImageWithMasks_AreRefused()
    {
        _w.Label(1, null, [_mask, _box], "me", "test");
        Assert.Equal("'0.png' has 1 mask of pixels, which drawing would replace; import its shapes with 'vaal import "
            + "--replace', or clear it first", Draw(_box));
        Assert.Equal("2 shapes", Label);
        Assert.Null(Class("street"));
        Assert.Equal("'street' with 2 shapes", Label);
        Assert.Null(Say(new("", 1, LabelKind.Clear)));
        Assert.Null(Draw(_box));
        Assert.Equal("1 shape", Label);
    }
}
