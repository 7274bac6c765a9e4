namespace Vaal.Data.Formats;

/// <summary>
/// BDD100K's segmentation set (Yu et al., CVPR 2020): <c>images/10k/SET/x.jpg</c> with
/// <c>labels/sem_seg/masks/SET/x.png</c>, which holds Cityscapes' 19 train ids and 255. The pool is <c>train</c>, the
/// test set <c>val</c>.
/// </summary>
internal sealed class Bdd100k : IDataFormat
{
    private const string Images = "images/10k/", Masks = "labels/sem_seg/masks/";

    public string Description => "BDD100K, 19 classes: images/10k/, labels/sem_seg/masks/";

    public bool Recognises(string path) =>
        Directory.Exists(Path.Combine(path, Images)) && Directory.Exists(Path.Combine(path, Masks));

    public DataSet Load(string path, LoadOptions options)
    {
        var notes = new List<string>();
        var files = ImageFolder.Files(path, notes);
        if (!Recognises(path))
            throw new InputException(
                $"the folder {path} holds no BDD100K; expected the folders {Images} and {Masks}");
        var images = files.FindAll(f => IsOf(f.Path, "train") || IsOf(f.Path, "val"));
        return MaskFolder.Load(
            "bdd100k", path, images, image => Path.ChangeExtension(Masks + image[Images.Length..], ".png"), p =>
                IsOf(p, "val"), Cityscapes.ClassNames, Cityscapes.TrainIds, notes, options);
    }

    private static bool IsOf(string path, string set) => path.StartsWith($"{Images}{set}/", StringComparison.Ordinal);
}
