namespace Vaal.Data.Formats;

/// <summary>
/// CamVid as SegNet's authors laid it out (Badrinarayanan et al. 2017): <c>train/</c> with masks in <c>trainannot/</c>,
/// <c>test/</c> in <c>testannot/</c>; 8-bit ids 0..10, 11 to be ignored. Frames are neighbours in video, so the split
/// stays as it is; <c>val/</c> is not used.
/// </summary>
internal sealed class CamVid : IDataFormat
{
    private static readonly string[] _classes = [
        "sky", "building", "pole", "road", "pavement", "tree", "sign symbol", "fence", "car",
        "pedestrian", "bicyclist"];

    public string Description => "CamVid, 11 classes: train/, trainannot/, test/, testannot/";

    public bool Recognises(string path) =>
        Directory.Exists(Path.Combine(path, "train")) && Directory.Exists(Path.Combine(path, "trainannot"));

    public DataSet Load(string path, LoadOptions options)
    {
        var notes = new List<string>();
        var files = ImageFolder.Files(path, notes);
        if (!Recognises(path))
            throw new InputException($"the folder {path} holds no CamVid; expected the folders train and trainannot");
        var images = files.FindAll(f => Of(f, "train/") || Of(f, "test/"));
        if (files.Count(f => Of(f, "val/")) is var unused and > 0)
            notes.Add($"{Counted.Of(unused, "image")} of val {Counted.Is(unused)} not used");
        return MaskFolder.Load(
            "camvid", path, images, MaskOf, p =>
                p.StartsWith("test/", StringComparison.Ordinal), _classes,
                MaskIds.InOrder(_classes.Length, _classes.Length, ImageSet.Ignore), notes, options);
    }

    private static bool Of(SourceFile file, string set) => file.Path.StartsWith(set, StringComparison.Ordinal);

    private static string MaskOf(string image)
    {
        var at = image.IndexOf('/');
        return Path.ChangeExtension($"{image[..at]}annot{image[at..]}", ".png");
    }
}
