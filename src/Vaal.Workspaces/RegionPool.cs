using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>
/// The pool of a workspace, its images cut by a grid: each part a choice of its own. A part has a label where a pixel
/// of it has a class. Of labelled images the other parts are offered only where the image was chosen part by part;
/// those that were chosen and not marked come again.
/// </summary>
internal sealed class RegionPool : IDisposable
{
    private readonly WorkspaceImages _images;
    private readonly LoadOptions _loading;
    private readonly (int X, int Y)[] _places;
    private readonly int _width, _height;
    private readonly int[] _cut;

    /// <param name="grid">columns and rows, such as 4x3</param>
    /// <param name="loading">how the images were brought to their size</param>
    /// <param name="chosen">images of which standing rounds chose parts</param>
    /// <exception cref="InputException">the grid does not divide the frame</exception>
    public RegionPool(WorkspaceImages images, string grid, LoadOptions loading, IReadOnlySet<ImageNumber> chosen)
    {
        (_images, _loading) = (images, loading);
        var (columns, rows) = Sides.Parse(grid, PoolShape.RegionsAre, PoolShape.RegionsExample);
        var from = images.Images;
        (_width, _height) = (from.Width / columns, from.Height / rows);
        _places = Regions.Places(columns, rows, _width, _height);
        _cut = [.. images.Labelled.Where(id => LabelForm.Masks.IsKnown(from, id)).Concat(images.Unlabelled).Order()];
        var regions = Regions.Of(from, columns, rows, _cut);
        var unlabelled = images.Unlabelled.ToHashSet();
        Pool = new Pool(
            regions, [
                .. Enumerable.Range(0, regions.Count)
                .Where(id => LabelForm.Masks.IsKnown(regions, id) || unlabelled.Contains(ImageOf(id)) || IsLeft(id))]);
        for (var id = 0; id < regions.Count; id++)
            if (LabelForm.Masks.IsKnown(regions, id)) Pool.Label(id, -1);

        bool IsLeft(int id) => chosen.Contains((ImageNumber)images.Rows[ImageOf(id)].Id);
    }

    public Pool Pool { get; }

    /// <summary>Which image each region is of. Regions of one group look alike: those at one place of images that
    /// do.</summary>
    public PoolImage[] Images() => [.. Enumerable.Range(0, Pool.Images.Count).Select(id =>
    {
        var row = _images.Rows[ImageOf(id)];
        return new PoolImage(
            (ImageNumber)row.Id,
            row.NearGroup is { } group ? group * _places.Length + id % _places.Length : null);
    })];

    // as a position in the workspace's images
    private int ImageOf(int id) => _cut[id / _places.Length];

    /// <summary>Where it lies in its image.</summary>
    public ChosenRegion PlaceOf(int id)
    {
        var row = _images.Rows[ImageOf(id)];
        var (x, y) = _places[id % _places.Length];
        var (left, top, across, down) = Resampler.Origin(row.Width, row.Height, _loading);
        int At(double from, double step, int pixel, int side) =>
            (int)Math.Clamp(Math.Round(from + step * pixel), 0, side);
        var (x0, y0) = (At(left, across, x, row.Width), At(top, down, y, row.Height));
        return new(x0, y0, At(left, across, x + _width, row.Width) - x0, At(top, down, y + _height, row.Height) - y0);
    }

    public void Dispose() => Pool.Images.Dispose();
}
