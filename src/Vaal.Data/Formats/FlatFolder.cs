namespace Vaal.Data.Formats;

/// <summary>Images at any depth of a folder, without labels.</summary>
internal sealed class FlatFolder : IDataFormat
{
    public string Description => "images at any depth of a folder, no labels";

    public bool Recognises(string path) => Directory.Exists(path) && SourceFiles.In(path).Any();

    public DataSet Load(string path, LoadOptions options)
    {
        var notes = new List<string>();
        return ImageFolder.Load(path, ImageFolder.Files(path, notes), [], _ => -1, "", null, notes, options);
    }
}
