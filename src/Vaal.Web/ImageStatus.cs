namespace Vaal.Web;

/// <summary>Where the labelling of an image stands.</summary>
internal enum ImageStatus : byte
{
    Unlabelled,
    Labelled,
    Unsure,
    Unusable,
}
